// The security reviewer on the command line.
import { z } from "zod";
import { exitCodes } from "../../../base/errors.ts";
import { plural, tailLines, withoutControls } from "../../../base/text.ts";
import { defineOperation } from "../../../providers/index.ts";

const shared = {
  base: z.string().min(1).optional().describe("What the branch is compared with; the base branch at the remote unless told"),
  agent: z.string().min(1).optional().describe("The agent that looks; review.agent or agents.default unless told"),
  model: z.string().min(1).optional().describe("Its model; review.model unless told"),
  unsandboxed: z.boolean().default(false).describe("Accept that programs and the agent's commands run without a sandbox where none works"),
};

export const modelOperation = defineOperation({
  name: "security/model", command: "security model", summary: "Draw the threat model of the repository; --write keeps it in docs/ for a person to own",
  audience: "person", readOnly: false,
  input: z.object({ ...shared, write: z.boolean().default(false).describe("Write it to review.threatModel where there is none yet") }),
  handler: async ({ base, agent, model, unsandboxed, write }, context) => ({
    version: 1,
    ...(await (await import("../runtime/index.ts")).makeThreatModel(context, { base, agent, model, isUnsandboxedAllowed: unsandboxed, isWritten: write })),
  }),
  render: ({ path, text, isWritten }) => (isWritten ? `Written: ${path}. Read it, mend it, commit it.` : text),
});

// What a person reads of a program's words; the whole kept end is in --json.
const outputLinesMax = 12;

export const scanOperation = defineOperation({
  name: "security/scan", command: "security scan", summary: "Scan the commits of this branch for flaws; each is triggered by a program in the sandbox, or it does not count",
  audience: "person", readOnly: true,
  input: z.object({ ...shared, patch: z.boolean().default(false).describe("Offer a patch for each flaw, tried by the same program and scanned again") }),
  handler: async ({ base, agent, model, unsandboxed, patch }, context) => {
    const { scanBranch } = await import("../runtime/index.ts");
    const {
      judged,
      failure,
      usage,
      baseCommit,
      headCommit,
      model: threatModel,
    } = await scanBranch(context, { base, agent, model, isUnsandboxedAllowed: unsandboxed, withPatch: patch });
    const flaws = judged.map(({ suspicion, verdict, base: before, head, patch: offered }) => ({
      priority: suspicion.priority,
      file: suspicion.file,
      line: suspicion.line ?? null,
      title: suspicion.title,
      detail: suspicion.detail,
      threat: suspicion.threat,
      suggestion: suspicion.suggestion,
      verdict,
      program: suspicion.program, exitCodes: { base: before.exitCode ?? null, head: head.exitCode ?? null, patched: offered?.after?.exitCode ?? null }, output: head.output,
      patch: offered ? { isMended: offered.verdict.kind === "mended", reason: offered.verdict.kind === "mended" ? null : offered.verdict.reason, text: offered.patch } : null,
    }));
    return {
      version: 1,
      baseCommit,
      headCommit,
      threatModel,
      flaws: flaws.filter(({ verdict }) => verdict === "introduced"),
      unproven: flaws.filter(({ verdict }) => verdict !== "introduced"),
      failure: failure ?? null,
      usage,
    };
  },
  render: ({ headCommit, threatModel, flaws, unproven, failure }) => withoutControls([
    ...(threatModel.isKept ? [] : [`No threat model at ${threatModel.path}: it was drawn for this run. To keep it: inspan security model --write`]),
    ...flaws.flatMap(({ priority, title, file, line, detail, exitCodes: codes, output, patch, program }) => [
      `${priority} ${title}`, `    ${file}${line === null ? "" : `:${line}`}`, ...(detail === "" ? [] : [`    ${detail.replaceAll("\n", "\n    ")}`]),
      `    Triggered: ${program.run} ended with ${codes.head ?? "no status"} on the change and ${codes.base ?? "no status"} on the base`,
      ...tailLines(output, outputLinesMax)
        .split("\n")
        .map((text) => `      ${text}`),
      ...(patch === null
        ? []
        : patch.isMended
          ? [`    Patch (the program ends with ${codes.patched ?? "no status"} on it, and a new scan triggers nothing):`, patch.text]
          : [`    No patch: ${patch.reason}`]),
    ]),
    ...unproven.map(({ title, verdict, exitCodes: codes }) => `Does not count: ${title} (${verdict}; base ${codes.base ?? "no status"}, change ${codes.head ?? "no status"})`),
    failure !== null
      ? `No verdict${flaws.length > 0 ? " on the rest" : ""}: ${failure}`
      : flaws.length === 0
        ? `No flaw was triggered: ${headCommit.slice(0, 10)}.`
        : `${plural(flaws.length, "flaw")} in ${headCommit.slice(0, 10)}.`,
  ].join("\n")),
  exitCode: ({ flaws, failure }) => (flaws.length > 0 ? exitCodes.findings : failure !== null ? exitCodes.outside : exitCodes.fine),
});

// `inspan doctor`: what this machine has, what is missing, and the command that brings it. Domains contribute their own probes.
import { z } from "zod";
import { withDeadline } from "../../base/async.ts";
import { messageOf } from "../../base/errors.ts";
import { renderTable } from "../../base/text.ts";
import { defineOperation, type OperationContext, type Probe } from "../../providers/index.ts";

// A probe that takes longer hangs on something that the others should not wait for.
const probeMsMax = 20_000;
const noAnswer = `no answer within ${probeMsMax / 1000} s`;

const gitProbe: Probe = {
  name: "git",
  run: async (context) => {
    const version = await context.providers.git.version();
    // `git merge-tree --write-tree`, which makes the merge result that checks run on, came with 2.38.
    const isNewEnough = version[0] > 2 || (version[0] === 2 && version[1] >= 38);
    return isNewEnough ? { status: "ok", found: version.join(".") } : { status: "missing", found: `${version.join(".")}, expected 2.38 or newer`, remedy: "install a newer git" };
  },
};

const nodeProbe: Probe = { name: "node", run: async () => ({ status: "ok", found: `${process.version} at ${process.execPath}` }) };

const sandboxProbe: Probe = {
  name: "sandbox",
  run: async (context) => {
    const { kind, reason, caps } = await context.providers.sandbox.detect();
    return kind === "none"
      ? { status: "missing", found: reason, remedy: "apt-get install bubblewrap" }
      : { status: "ok", found: `${kind}: ${reason}${caps === undefined ? "" : `; ${caps}`}` };
  },
};

/** What killed runs left: a row only where there is something. */
function orphanProbes({ providers: { processes } }: OperationContext): readonly Probe[] {
  const count = processes.countOrphans();
  const found = `${count} ${count === 1 ? "process" : "processes"} without an owner`;
  return count === 0
    ? []
    : [
        {
          name: "left by killed runs",
          run: () => Promise.resolve({ status: "warning", found, remedy: "inspan task list (the next task that runs or resumes, and inspan up, end them)" }),
        },
      ];
}

/** The walls, proved by trying to get out; each attempt is a row of the answer. */
async function readEscapes(context: OperationContext) {
  const { sandbox } = context.providers;
  return withDeadline(sandbox.tryEscapes?.() ?? Promise.resolve([]), probeMsMax, () => [{ name: "tries to escape", isHeld: false, says: noAnswer }]);
}

const stateProbe: Probe = {
  name: "state folder",
  run: async (context) => {
    await context.providers.files.makeFolder(context.statePath);
    const freeMiB = Math.floor((await context.providers.files.freeBytes(context.statePath)) / 1024 ** 2);
    const found = `${context.statePath}, ${freeMiB} MiB free`;
    return freeMiB < 1024 ? { status: "warning", found, remedy: "inspan worktree prune" } : { status: "ok", found };
  },
};

async function runProbe(probe: Probe, context: OperationContext) {
  try {
    const result = await withDeadline(probe.run(context), probeMsMax, () => ({ status: "warning" as const, found: `no answer within ${probeMsMax / 1000} s`, remedy: undefined }));
    return { name: probe.name, ...result };
  } catch (error) {
    return {
      name: probe.name,
      status: "missing" as const,
      found: messageOf(error),
      remedy: error instanceof Error && "remedy" in error && typeof error.remedy === "string" ? error.remedy : undefined,
    };
  }
}

export const doctorOperation = defineOperation({
  name: "system/doctor", command: "doctor", summary: "Say what this machine has and what is missing",
  audience: "person", readOnly: true,
  input: z.object({}),
  handler: async (_input, context) => {
    const contributed = (await context.contributions()).flatMap((contribution) => contribution.probes ?? []);
    const escapes = await readEscapes(context).catch((error: unknown) => [{ name: "tries to escape", isHeld: false, says: messageOf(error) }]);
    const open = escapes.filter((attempt) => !attempt.isHeld);
    const wallsProbe: Probe = {
      name: "sandbox walls",
      run: async () =>
        open.length > 0 && open.every(({ says }) => says === noAnswer)
          ? { status: "warning", found: noAnswer, remedy: "inspan doctor (again, once the machine has less to do)" }
          : open.length > 0
            ? {
                status: "missing",
                found: open.map((attempt) => `${attempt.name}: ${attempt.says}`).join("; "),
                remedy: "do not run agents here; see docs/SECURITY.md",
              }
            : { status: "ok", found: `${escapes.length} attempts to get out, all held` },
    };
    const probes = await Promise.all(
      [nodeProbe, gitProbe, sandboxProbe, ...(escapes.length === 0 ? [] : [wallsProbe]), stateProbe, ...orphanProbes(context), ...contributed].map((probe) =>
        runProbe(probe, context),
      ),
    );
    return { version: 1, probes, escapes: [...escapes] };
  },
  render: ({ probes, escapes }) => {
    const table = renderTable(probes.map((probe) => [probe.status === "ok" ? "ok" : probe.status.toUpperCase(), probe.name, probe.found]));
    const remedies = probes.flatMap((probe) => (probe.remedy ? [`  ${probe.name}: ${probe.remedy}`] : []));
    const walls =
      escapes.length === 0
        ? ""
        : `\n\nThe sandbox, tried from inside:\n${renderTable(escapes.map((attempt) => [attempt.isHeld ? "held" : "OPEN", attempt.name, attempt.says]))}`;
    return remedies.length === 0 ? `${table}${walls}` : `${table}${walls}\nNext:\n${remedies.join("\n")}`;
  },
});

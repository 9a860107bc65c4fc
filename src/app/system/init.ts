// `inspan init`: writes what a repository lacks, as contributed by the domains; an existing file is never touched, so twice gives no difference.
import { dirname, join } from "node:path";
import { z } from "zod";
import { InspanError } from "../../base/errors.ts";
import { plural } from "../../base/text.ts";
import { defineOperation, type Files, type OperationContext } from "../../providers/index.ts";

/** The repository's root, or the folder itself where there is no repository yet. */
async function findTarget(context: OperationContext): Promise<{ readonly rootPath: string; readonly isRepository: boolean }> {
  const { providers: { files, git }, cwd } = context;
  if ((await files.facts((await files.realPath(cwd)) ?? cwd))?.kind !== "folder")
    throw new InspanError("FOLDER_MISSING", `Cannot write into "${cwd}": no such folder.`, { kind: "usage", remedy: `mkdir -p ${cwd}` });
  const asked = await git.run(["rev-parse", "--is-inside-work-tree"], { cwd, acceptExitCodes: [128] });
  if (asked.exitCode !== 0) return { rootPath: cwd, isRepository: false };
  if (asked.stdout.trim() !== "true")
    throw new InspanError("REPOSITORY_BARE", `Cannot write into "${cwd}": it has no work tree, expected a checkout.`, {
      kind: "usage",
      remedy: `git clone ${cwd} <folder>`,
    });
  return { rootPath: await git.text(["rev-parse", "--path-format=absolute", "--show-toplevel"], { cwd }), isRepository: true };
}

/** Refuses a path that leaves the repository, by name or through a link, and one below a file. */
async function requireWritable(files: Files, rootPath: string, path: string): Promise<void> {
  const refuse = (code: string, state: string): InspanError =>
    new InspanError(code, `Cannot write "${path}": ${state}.`, { kind: "usage", remedy: `move it away, then run: inspan init` });
  if (!join(rootPath, path).startsWith(join(rootPath, "/"))) throw refuse("PATH_ESCAPE", "it lies outside of the repository");
  for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) {
    const kind = (await files.facts(join(rootPath, folder)))?.kind;
    if (kind === "link") throw refuse("PATH_ESCAPE", `"${folder}" is a link, expected a folder of the repository`);
    if (kind !== undefined && kind !== "folder") throw refuse("PATH_BLOCKED", `"${folder}" is a file, expected a folder`);
  }
}

/** What is there, or undefined; a path below a file has nothing. */
async function isThere(files: Files, path: string): Promise<boolean> {
  return (
    (await files.facts(path).catch((error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOTDIR") return undefined;
      throw error;
    })) !== undefined
  );
}

/** What an old repository already owes is written down as known, so that its first check is green and tells the backlog. */
async function startBaseline(context: OperationContext, rootPath: string): Promise<{ readonly file: string; readonly known: number } | null> {
  const { contributedBy, updateBaseline } = await import("../../domains/lint/runtime/index.ts");
  const report = await updateBaseline({
    providers: context.providers,
    rootPath,
    configuration: await context.loadConfiguration(rootPath),
    signal: context.signal,
    contributed: await contributedBy(context),
    acceptReason: "found when `inspan init` was run",
  });
  return { file: report.file, known: report.after };
}

export const initOperation = defineOperation({
  name: "system/init", command: "init", summary: "Scaffold a repository, new or old; existing files are left as they are",
  audience: "person", readOnly: false,
  input: z.object({
    dryRun: z.boolean().default(false).describe("Only say what would be written"),
    hooks: z.boolean().default(false).describe("Also let Claude Code, Codex and Gemini ask for findings after each edit; their settings are merged, nothing of theirs is lost"),
    remove: z.boolean().default(false).describe("Take these hooks out again and write nothing else"),
  }),
  handler: async (input, context) => {
    const { files } = context.providers;
    const { rootPath, isRepository } = await findTarget(context);
    const place = { files, rootPath, isDryRun: input.dryRun, requireWritable: (path: string) => requireWritable(files, rootPath, path) };
    if (input.remove)
      return {
        version: 1,
        isDryRun: input.dryRun,
        rootPath,
        isRepository,
        written: [],
        kept: [],
        baseline: null,
        hooks: await (await import("./init-hooks.ts")).removeHooks(place),
        isRemoval: true,
      };
    // What is there has to be readable: nothing that is written beside a broken configuration could be checked.
    if (await isThere(files, join(rootPath, "inspan.yaml"))) await context.loadConfiguration(rootPath);
    const steps = (await context.contributions()).flatMap((contribution) => contribution.initSteps ?? []);
    const appended = (await Promise.all(steps.map((step) => step.append?.(context, rootPath) ?? []))).flat();
    const planned = (await Promise.all(steps.map((step) => step.plan(context, rootPath)))).flat()
      .map((file) => ({ path: file.path, text: [file.text, ...appended.filter((more) => more.path === file.path && more.text !== "").map((more) => `\n${more.text}`)].join("") }));
    const missing: typeof planned = [];
    const kept: string[] = [];
    for (const file of planned) {
      if (await isThere(files, join(rootPath, file.path))) { kept.push(file.path); continue; }
      await requireWritable(files, rootPath, file.path); // all of them before the first is written
      missing.push(file);
    }
    context.signal.throwIfAborted();
    if (!input.dryRun) for (const file of missing) await files.writeText(join(rootPath, file.path), file.text);
    const baseline = !input.dryRun && missing.some((file) => file.path === "inspan.yaml") ? await startBaseline(context, rootPath) : null;
    const hooks = input.hooks ? await (await import("./init-hooks.ts")).addHooks(place) : [];
    return { version: 1, isDryRun: input.dryRun, rootPath, isRepository, written: missing.map((file) => file.path), kept, baseline, hooks, isRemoval: false };
  },
  render: ({ isDryRun, isRepository, written, kept, baseline, hooks, isRemoval }) => (isRemoval ? [
    ...hooks.map((hook) => `${isDryRun ? "would be " : ""}${hook.outcome} ${hook.path}`), hooks.length === 0 ? "No hook of Inspan was found." : "The hooks are out.",
  ] : [
    ...written.map((path) => `${isDryRun ? "would write" : "wrote"} ${path}`),
    `${isDryRun ? "Would write" : "Wrote"} ${written.length}, left ${kept.length} as they are.`,
    ...(baseline === null || baseline.known === 0 ? [] : [`${baseline.file}: ${plural(baseline.known, "known finding")}, the backlog; new ones fail from now on.`]),
    ...(isDryRun ? ["Next: inspan init"] : [`Next: ${isRepository ? "" : "git init; "}read AGENTS.md and inspan.yaml, make them true, commit, then run: inspan check`]),
    ...hooks.flatMap((hook) => [
      `${hook.outcome === "kept" ? "hook is there" : isDryRun ? "would add the hook" : "hook added"}: ${hook.path}`,
      ...(hook.remark === null ? [] : [`  ${hook.remark}`]),
    ]),
  ]).join("\n"),
});

// `npm run demo`: makes a repository from examples/demo-app with a bare origin, and lets Inspan work on two bug reports side by side until both are merged: one
// that a test shows, one that a browser alone shows.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { script } from "../test/programs/scripted-model/desk.ts";
import { pageReport } from "../test/programs/scripted-model/desk-page.ts";
import { demoAppPath, installDemoApp } from "../test/support/demo-app.ts";
import { startScriptedModel } from "../test/programs/scripted-model/index.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const app = demoAppPath;
const prompt = "Back-to-back bookings are refused: after booking a room from 10:00 to 11:00, booking it from 11:00 to 12:00 fails with room-taken.";

const agentAt = process.argv.indexOf("--agent");
const agent = agentAt > 0 ? process.argv[agentAt + 1] : undefined;
const extra = process.argv.slice(2).filter((_, index) => agentAt < 0 || (index + 2 !== agentAt && index + 2 !== agentAt + 1));

function say(line: string): void { process.stderr.write(`${line}\n`); }

function run(command: string, args: readonly string[], cwd: string): string {
  const result = spawnSync(command, args, { cwd, encoding: "utf8", env: { ...process.env, GIT_CONFIG_NOSYSTEM: "1" } });
  if (result.status !== 0) throw new Error(`Cannot run "${command} ${args.join(" ")}" in ${cwd}: ${result.stderr || result.error?.message}`);
  return result.stdout.trim();
}

/** A repository of the example with a bare origin, as a team would have it. */
function makeRepository(folder: string): string {
  const desk = join(folder, "desk");
  mkdirSync(folder, { recursive: true });
  // Each worktree and each check gets a copy of its dependencies: type declarations and source maps would only slow the show down.
  cpSync(app, desk, { recursive: true, verbatimSymlinks: true, filter: (path) => !/node_modules\/.*\.(map|md|d\.[cm]?ts)$/.test(path) });
  run("git", ["init", "--quiet", "--initial-branch=main"], desk);
  run("git", ["add", "-A"], desk);
  run("git", ["-c", "user.name=Demo", "-c", "user.email=demo@localhost", "commit", "--quiet", "-m", "A booking desk"], desk);
  run("git", ["clone", "--quiet", "--bare", desk, join(folder, "origin.git")], folder);
  run("git", ["remote", "add", "origin", join(folder, "origin.git")], desk);
  run("git", ["fetch", "--quiet", "origin"], desk);
  return desk;
}

interface TaskEnd {
  readonly exitCode: number;
  readonly result: {
    readonly state?: string;
    readonly taskId?: string;
    readonly hold?: { readonly reason: string; readonly question: string };
    readonly pullRequests?: readonly { readonly id: string; readonly mergeCommit: string | null }[];
  };
}

/** `inspan task …` as a person types it; its progress goes to the terminal, each line behind the report's number. */
function runTask(desk: string, env: Record<string, string>, number: number, words: readonly string[]): Promise<TaskEnd> {
  const args = [join(root, "bin", "inspan.js"), "task", ...words, "--json", "--cwd", desk];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => { text += chunk; });
  createInterface({ input: child.stderr }).on("line", (line) => { say(`${number} | ${line}`); });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => child.on("close", (code) => {
    const last = text.trim().split("\n").at(-1) ?? "{}";
    resolve({ exitCode: code ?? 1, result: JSON.parse(last === "" ? "{}" : last) });
  }));
}

/** The page with the films of a task, and why one is missing. */
function renderEvidenceOf(task: string, number: number): string {
  const answer = spawnSync(process.execPath, [join(root, "bin", "inspan.js"), "evidence", "bundle", "--task", task, "--json", "--cwd", desk], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  if (answer.status !== 0) return `Evidence of report ${number}: none, because ${answer.stderr.trim() || "nothing was recorded"}`;
  const { indexPath, bundle } = JSON.parse(answer.stdout) as {
    indexPath: string;
    bundle: { items: { kind: string; role: string; title: string; file: string }[]; missing: { what: string; why: string; role: string }[] };
  }; // our own form
  const films = bundle.items.filter(({ kind, role }) => kind === "video" && role !== "other");
  return [
    `Evidence of report ${number}: ${indexPath}`, ...films.map(({ role, title, file }) => `  video ${role} the change: "${title}" (${file})`),
    ...bundle.missing.map(({ what, why, role }) => `  no ${what}${role === "other" ? "" : ` ${role} the change`}, because ${why}`),
  ].join("\n");
}

const startedMs = Date.now();
installDemoApp(say);
const readyMs = Date.now();
const folder = join(root, ".cache", "demo", new Date().toISOString().replaceAll(/[^0-9]/g, "").slice(0, 14));
const model = agent ? undefined : await startScriptedModel({ script });
say(
  agent
    ? `The agent is ${agent}, with your own login.`
    : "No key is needed: the model of this demo is a scripted one on loopback. Agent loop, git, tests, check, review, pull request and merge are real.",
);
const desk = makeRepository(folder);
say(`The repository: ${desk} (origin: ${join(folder, "origin.git")})`);
const home = process.env["INSPAN_HOME"] ?? join(folder, "state");
const env = {
  INSPAN_HOME: home,
  ...(model ? { INSPAN_MODEL_PROVIDER: "openai-compatible", INSPAN_MODEL_BASE_URL: model.url, INSPAN_MODEL: "scripted" } : { INSPAN_CODEX_LOGIN: "user" }),
};
const options = [...(agent ? ["--agent", agent] : []), ...extra];

/** One report until it is merged, or held. */
async function workOn(report: string, number: number): Promise<TaskEnd> {
  const end = await runTask(desk, env, number, ["run", report, ...options]);
  // What nobody could be shown a person has to answer for; here the demo is that person.
  if (end.result.state !== "held" || end.result.hold?.reason !== "policy" || end.result.taskId === undefined) return end;
  say(`\n${number} | ${end.result.hold.question}\n${number} | The demo answers as the person who owns it: merge\n`);
  return runTask(desk, env, number, ["answer", end.result.taskId, "merge"]);
}

const reports = [prompt, pageReport];
for (const [index, report] of reports.entries()) say(`Report ${index + 1}: ${report}`);
say("Both are worked on at once, each in a worktree of its own.\n");
const ends = await Promise.all(reports.map((report, index) => workOn(report, index + 1)));
await model?.close();
run("git", ["fetch", "--quiet", "origin"], desk);
const { exitCode, result } = ends.find((end) => !end.result.pullRequests?.[0]?.mergeCommit) ?? ends.at(-1) ?? { exitCode: 1, result: {} };
const merges = ends.flatMap((end) => end.result.pullRequests?.[0]?.mergeCommit ?? []);
const merged = merges.length === reports.length;
const here = relative(process.cwd(), desk) || ".";
const inspan = `INSPAN_HOME=${relative(process.cwd(), home) || "."} node ${relative(process.cwd(), join(root, "bin", "inspan.js"))}`;
say(
  `\n${merged ? "Merged" : `Not merged (${result.state ?? "failed"})`} after ${((Date.now() - readyMs) / 1000).toFixed(1)} s${readyMs - startedMs > 1000 ? `, installation apart (${((readyMs - startedMs) / 1000).toFixed(0)} s)` : ""}.`,
);
for (const commit of merges) process.stdout.write(`${run("git", ["log", "--stat", "-1", commit], desk)}\n\n`);
for (const [index, end] of ends.entries()) if (end.result.taskId !== undefined) process.stdout.write(`${renderEvidenceOf(end.result.taskId, index + 1)}\n`);
// Nothing of the demo is left running: the browser's daemon of this state folder goes with it.
spawnSync(process.execPath, [join(root, "bin", "inspan.js"), "stop", "--all", "--cwd", desk], { env: { ...process.env, ...env }, stdio: "ignore", timeout: 30_000 });
process.stdout.write([
  "",
  ...(result.taskId
    ? [
        "Look at it:",
        `  ${inspan} task show ${result.taskId} --cwd ${here}`,
        ...(result.pullRequests?.[0] ? [`  ${inspan} pr show ${result.pullRequests[0].id} --cwd ${here}`] : []),
        `  ${inspan} feedback list --cwd ${here}`,
        `  ${inspan} serve --cwd ${here}`,
      ]
    : []),
  "With a real agent, on a repository of your own:",
  "  npm run demo -- --agent codex                                  (the real Codex, with your login)",
  `  node ${relative(process.cwd(), join(root, "bin", "inspan.js"))} init --cwd <your repository>`,
  `  INSPAN_MODEL_PROVIDER=anthropic INSPAN_MODEL=<model> ANTHROPIC_API_KEY=… node ${relative(process.cwd(), join(root, "bin", "inspan.js"))} task run "<what is wrong>" --cwd <your repository>`,
  "",
].join("\n"));
process.exit(merged ? 0 : exitCode || 1);

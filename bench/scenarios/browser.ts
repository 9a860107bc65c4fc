// The browser: cold and warm to the first snapshot, what the daemon adds to a command, memory of a further worktree, and tokens; two MCP servers are the peers.
import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { describeTool } from "../../src/app/mcp.ts";
import { contribution } from "../../src/domains/browser/ui/index.ts";
import { renderAnswer } from "../../src/domains/browser/index.ts";
import type { BrowserAnswer } from "../../src/domains/browser/index.ts";
import { agentTable } from "../../src/domains/agent/runtime/index.ts";
import { countActionable, serveDashboard } from "./browser-page.ts";
import { type Figures, git, launcher, makeDemoRepository, median, readProcessMemory, round, type Scenario, time } from "../measure.ts";

const coldCount = 3;
const warmCount = 5;
const commandCount = 9;
const worktreeCount = 4;
const bookingCount = 40;
/** What the goal for films speaks of. */
const filmMs = 5_000;
const filmCount = 3;

interface Up { readonly services: readonly { readonly url: string }[] }
interface Subject { readonly path: string; readonly statePath: string; readonly url: string; readonly dashboardUrl: string }
interface Peer {
  readonly name: string;
  readonly args: readonly string[];
  readonly open: string;
  readonly openInput: (url: string) => Record<string, unknown>;
  readonly snapshot: string;
  readonly snapshotInput: Record<string, unknown>;
}

async function inspan(subject: Pick<Subject, "path" | "statePath">, args: readonly string[], cwd = subject.path) {
  const done = await time([process.execPath, launcher, ...args], { cwd, env: { ...process.env, INSPAN_HOME: subject.statePath } });
  if (done.exitCode !== 0) throw new Error(`Cannot measure "inspan ${args.join(" ")}": it ended with ${done.exitCode}\n${done.stdout}`);
  return { ms: done.ms, stdout: done.stdout };
}

async function browser(subject: Subject, args: readonly string[], cwd?: string) {
  const { ms, stdout } = await inspan(subject, ["browser", ...args, "--json"], cwd);
  return { ms, answer: JSON.parse(stdout) as BrowserAnswer }; // our own form
}

/** Forty short meetings in three rooms. */
async function book(url: string): Promise<void> {
  const [cookie = ""] = ((await fetch(url)).headers.get("set-cookie") ?? "").split(";");
  const day = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
  const clock = (minutes: number): string => `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  for (let index = 0; index < bookingCount; index++) {
    const from = 8 * 60 + Math.floor(index / 3) * 30;
    const body = { room: ["attic", "harbour", "lantern"][index % 3], day, from: clock(from), to: clock(from + 25), people: 2, title: `Meeting ${index + 1}` };
    const response = await fetch(`${url}/api/bookings`, { method: "POST", headers: { "content-type": "application/json", cookie }, body: JSON.stringify(body) });
    if (response.status !== 201) throw new Error(`Cannot book: ${response.status} ${await response.text()}`);
  }
}

async function stopDaemon(subject: Subject): Promise<void> {
  const { stdout } = await inspan(subject, ["ps", "--json"]);
  const { processes } = JSON.parse(stdout) as { processes: readonly { pid: number; kind: string }[] }; // our own form
  for (const { pid, kind } of processes) if (kind === "browser-daemon") await inspan(subject, ["stop", String(pid)]);
}

const parentOf = (pid: string): number => { try { return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1]); } catch { return -1; } }; // gone meanwhile

/** Of everything below the daemon, itself apart: the browser. In MB, shared pages divided by their users. */
function browserMemory(daemonPid: number): number {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map((pid) => ({ pid: Number(pid), parent: parentOf(pid) }));
  const own = new Set([daemonPid]);
  for (let size = 0; size !== own.size;) { size = own.size; for (const { pid, parent } of all) if (own.has(parent)) own.add(pid); }
  own.delete(daemonPid);
  return [...own].reduce((sum, pid) => sum + (readProcessMemory(pid).pssMb || 0), 0);
}

const peersOf = (executable: string): readonly Peer[] => [
  {
    name: "chrome-devtools-mcp",
    args: ["chrome-devtools-mcp", "--headless", "--isolated", "--executablePath", executable, "--chromeArg=--no-sandbox", "--no-usage-statistics"],
    open: "new_page",
    openInput: (url) => ({ url }),
    snapshot: "take_snapshot",
    snapshotInput: {},
  },
  {
    name: "@playwright/mcp",
    args: ["playwright-mcp", "--headless", "--isolated", "--no-sandbox", "--executable-path", executable],
    open: "browser_navigate",
    openInput: (url) => ({ url }),
    snapshot: "browser_snapshot",
    snapshotInput: {},
  },
];

const textOf = (result: unknown): string => ((result as { content?: readonly { text?: string }[] }).content ?? []).map(({ text }) => text ?? "").join("\n"); // the protocol's form

async function measurePeer(folder: string, peer: Peer, url: string, count: (text: string) => number): Promise<Figures> {
  const [program = "", ...args] = peer.args;
  const startedMs = performance.now();
  const client = new Client({ name: "bench", version: "0" });
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [join(folder, "node_modules", ".bin", program), ...args], cwd: folder, stderr: "ignore" }));
  const { tools } = await client.listTools();
  const listedMs = performance.now() - startedMs;
  const opened = textOf(await client.callTool({ name: peer.open, arguments: peer.openInput(url) }));
  // One of them wants to be told which of its pages is meant; it names the one that it has just opened.
  const pageId = Number(/^(\d+): .*\[selected\]/m.exec(opened)?.[1] ?? 1);
  const snapshotInput = tools.find(({ name }) => name === peer.snapshot)?.inputSchema.required?.includes("pageId") ? { ...peer.snapshotInput, pageId } : peer.snapshotInput;
  const shown = textOf(await client.callTool({ name: peer.snapshot, arguments: snapshotInput }));
  const firstPageMs = performance.now() - startedMs;
  await client.close();
  const schema = JSON.stringify(tools);
  if (shown.length < 500) throw new Error(`Cannot measure ${peer.name}: its snapshot is no page: ${shown}`);
  return {
    listedMs: round(listedMs),
    startToFirstPageMs: round(firstPageMs),
    snapshotChars: shown.length,
    snapshotTokens: count(shown),
    schemaChars: schema.length,
    schemaTokens: count(schema),
    tools: tools.length,
  };
}

/** Five seconds of a page that lives: what the film weighs, and how long after the word it is there. */
async function measureFilm(subject: Subject): Promise<Figures> {
  const [sizes, waits]: [number[], number[]] = [[], []];
  await browser(subject, ["open", subject.dashboardUrl]);
  for (let index = 0; index < filmCount; index++) {
    await browser(subject, ["record", "start"]);
    await new Promise((resolve) => { setTimeout(resolve, filmMs); });
    const { answer } = await browser(subject, ["record", "stop"]);
    const { film, durationMs } = answer.data as { readonly film: { readonly sizeBytes: number } | null; readonly durationMs: number }; // our own form
    if (film === null) throw new Error(`Cannot measure films: ${answer.said}`);
    sizes.push(film.sizeBytes / 1000 * filmMs / Math.max(filmMs, durationMs));
    waits.push(answer.totalMs);
  }
  return { filmKbOf5s: round(median(sizes)), filmStopToFileMs: round(median(waits)) };
}

/** o200k where the peers' folder has gpt-tokenizer; characters by four otherwise. */
async function tokenCounter(folder: string | undefined): Promise<(text: string) => number> {
  const path = folder === undefined ? "" : join(folder, "node_modules", "gpt-tokenizer", "esm", "encoding", "o200k_base.js");
  if (!existsSync(path)) return (text) => Math.ceil(text.length / 4);
  const { encode } = await import(pathToFileURL(path).href) as { encode(text: string): readonly number[] }; // the package's own form
  return (text) => encode(text).length;
}

async function measureOwn(subject: Subject, count: (text: string) => number): Promise<{ figures: Figures; executable: string }> {
  const cold: number[] = [];
  for (let index = 0; index < coldCount; index++) {
    await stopDaemon(subject);
    cold.push((await browser(subject, ["open"])).ms);
  }
  const [warm, warmDaemon]: [number[], number[]] = [[], []];
  let opened: BrowserAnswer | undefined;
  for (let index = 0; index < warmCount; index++) {
    await browser(subject, ["close"]);
    const { ms, answer } = await browser(subject, ["open"]);
    warm.push(ms);
    warmDaemon.push(answer.totalMs);
    opened = answer;
  }
  const [start, own]: [number[], number[]] = [[], []];
  for (let index = 0; index < commandCount; index++) {
    start.push((await browser(subject, ["status"])).ms);
    const { answer } = await browser(subject, ["act", "hover", "button Book"]);
    own.push(answer.totalMs - answer.browserMs);
  }
  const status = (await browser(subject, ["status"])).answer.data as { readonly browser: { readonly path: string }; readonly pid: number }; // our own form
  const acted = (await browser(subject, ["act", "fill", "spinbutton People", "3"])).answer;
  const shown = opened === undefined ? "" : renderAnswer(opened);
  const oneMb = browserMemory(status.pid);
  // Linked worktrees have no instance of their own here: what the main one has committed lets them reach this one.
  appendFileSync(join(subject.path, "inspan.yaml"), `\nbrowser: { origins: ${JSON.stringify([subject.url, subject.dashboardUrl])} }\n`);
  git(subject.path, "-c", "user.name=Bench", "-c", "user.email=bench@localhost", "commit", "--quiet", "--all", "-m", "Origins");
  for (let index = 1; index < worktreeCount; index++) {
    const path = join(subject.path, "..", `worktree-${index}`);
    git(subject.path, "worktree", "add", "--quiet", "--detach", path);
    await browser(subject, ["open", subject.url], path);
  }
  const manyMb = browserMemory(status.pid);
  const film = await measureFilm(subject);
  const actionable = await countActionable(status.browser.path, subject.url);
  const handles = new Set(shown.match(/\b(?:f\d+)?e\d+\b/g)).size;
  const schema = JSON.stringify(agentTable(contribution.operations).map(describeTool));
  return {
    executable: status.browser.path,
    figures: {
      coldToSnapshotMs: round(median(cold)),
      warmToSnapshotMs: round(median(warm)),
      warmInDaemonMs: round(median(warmDaemon)),
      commandStartMs: round(median(start)),
      beyondBrowserMs: round(median(own)),
      ...film,
      pageActionable: actionable,
      snapshotHandles: handles,
      oneWorktreeMb: round(oneMb),
      perFurtherWorktreeMb: round((manyMb - oneMb) / (worktreeCount - 1)),
      snapshotChars: shown.length,
      snapshotTokens: count(shown),
      changeTokens: count(renderAnswer(acted)),
      schemaChars: schema.length,
      schemaTokens: count(schema),
    },
  };
}

export const browserScenario: Scenario = {
  name: "browser",
  says: "open, act and look at the demo app's page of 40 rows; goals: 1.5 s cold, 400 ms warm, 50 ms a command, 45 MB a worktree; peers from INSPAN_BENCH_BROWSER_PEERS (a folder with chrome-devtools-mcp, @playwright/mcp, gpt-tokenizer)",
  run: async () => {
    const folder = process.env["INSPAN_BENCH_BROWSER_PEERS"];
    const demo = await makeDemoRepository();
    const dashboard = await serveDashboard();
    try {
      const [web] = (JSON.parse((await inspan(demo, ["up", "--json", "--no-telemetry"])).stdout) as Up).services; // the form of CONTRACTS
      if (web === undefined) throw new Error("Cannot measure the browser: the demo app has no service");
      const subject = { ...demo, url: web.url, dashboardUrl: dashboard.url };
      await book(web.url);
      const count = await tokenCounter(folder);
      const { figures, executable } = await measureOwn(subject, count);
      const peers: Record<string, Figures> = {};
      if (folder !== undefined) for (const peer of peersOf(executable)) peers[peer.name] = await measurePeer(folder, peer, web.url, count);
      return { figures, peers };
    } finally {
      await inspan(demo, ["stop", "--all"]).catch(() => undefined);
      dashboard.close();
      demo.dispose();
    }
  },
};

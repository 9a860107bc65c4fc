// A repository whose pages are those of test/programs/pages, with a browser daemon of its own that ends with the test.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Answer, makePlace, type Place } from "./command-line.ts";

const pagesPath = fileURLToPath(new URL("../programs/pages/hostile.mjs", import.meta.url));
const names = ["chromium-headless-shell", "headless_shell", "google-chrome-stable", "google-chrome", "chromium", "chromium-browser", "microsoft-edge"];

/** Why nothing that needs a browser can run here; false where one is there. Give it to `skip`. */
export const missingBrowser: string | false =
  process.env["INSPAN_CHROME"] || (process.env["PATH"] ?? "").split(":").some((folder) => names.some((name) => existsSync(join(folder, name))))
    ? false
    : "no Chromium, Chrome or Edge on this machine; NOT RUN: everything that drives a page";

export interface PageAnswer {
  readonly exitCode: number | null; readonly stderr: string;
  readonly url: string; readonly said: string; readonly text: string; readonly title: string; readonly file?: string; readonly browserMs: number; readonly totalMs: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: string; readonly message: string; readonly remedy?: string };
}

export interface BrowserWorld extends Place {
  readonly origin: string;
  /** `inspan browser <args> --json` in `cwd` or the repository. */
  browser(args: readonly string[], cwd?: string): Promise<PageAnswer>;
  /** The handle of the first line that matches, in a reply. */
  ref(answer: PageAnswer, pattern: RegExp): string;
  /** Command lines of living processes that belong to this world's browser. */
  processes(): readonly { readonly pid: number; readonly words: string }[];
  daemonPid(): number;
}

export async function startPages(t: { after(close: () => void): void }): Promise<string> {
  const child = spawn(process.execPath, [pagesPath], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => { child.kill("SIGKILL"); });
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  return `http://127.0.0.1:${(JSON.parse(String(value)) as { port: number }).port}`; // our own program
}

/** The daemon's own bound of a call, and its start on a machine with twenty times its load. */
const browserMsMax = 150_000;

const read = (path: string): string => { try { return readFileSync(path, "utf8"); } catch { return ""; } }; // gone meanwhile

export async function makeBrowserWorld(t: { after(close: () => void | Promise<void>): void }, origins: readonly string[] = []): Promise<BrowserWorld> {
  const origin = await startPages(t);
  const place = makePlace(t);
  place.write({ "inspan.yaml": `version: 1\nbrowser:\n  origins: ${JSON.stringify([origin, ...origins])}\n` });
  place.git("add", "-A");
  place.git("commit", "--quiet", "-m", "start");
  t.after(async () => { await place.inspan(["stop", "--all"]); });
  const parse = (answer: Answer): PageAnswer => {
    try {
      return { exitCode: answer.exitCode, stderr: answer.stderr, ...(JSON.parse(answer.stdout) as Omit<PageAnswer, "exitCode" | "stderr">) };
    } catch {
      throw new Error(`no answer, exit ${answer.exitCode}: ${answer.stderr}`);
    } // our own form
  };
  return {
    ...place, origin,
    browser: async (args, cwd = place.path) => parse(await place.inspan(["browser", ...args, "--json"], { cwd, timeoutMs: browserMsMax })),
    ref: (answer, pattern) => {
      const line = answer.text.split("\n").find((one) => pattern.test(one)) ?? "";
      const found = /\b((?:f\d+)?e\d+)\b/.exec(line)?.[1];
      if (found === undefined) throw new Error(`no handle in a line that matches ${pattern}:\n${answer.text}`);
      return found;
    },
    processes: () => {
      const all = readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .map((pid) => ({
          pid: Number(pid),
          parent: Number(/\) \S (\d+)/.exec(read(`/proc/${pid}/stat`))?.[1]),
          words: read(`/proc/${pid}/cmdline`).replaceAll("\0", " "),
        }));
      // A browser's children overwrite their environment: they are found by their parents.
      const own = new Set(
        all
          .filter(({ pid, words }) => words.includes(place.statePath) || read(`/proc/${pid}/environ`).includes(`${place.statePath}/browser/scratch`))
          .map(({ pid }) => pid),
      );
      for (let size = -1; size !== own.size;) { size = own.size; for (const { pid, parent } of all) if (own.has(parent)) own.add(pid); }
      return all.filter(({ pid, words }) => own.has(pid) && words !== "");
    },
    daemonPid: () => Number(/"pid":(\d+)/.exec(read(join(place.statePath, "browser", "daemon.json")))?.[1]),
  };
}

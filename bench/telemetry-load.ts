// Data and engines for the telemetry scenarios: the same series for everybody, sent in the same requests.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeSnappy, encodeWriteRequest, type SentSeries } from "../test/telemetry/remote-write.ts";
import { bundleEngine } from "../scripts/bundle.ts";
import { root } from "./measure.ts";

export interface Target { readonly url: string; readonly pid: number; readonly readyMs: number; stop(): Promise<void> }

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

export function send(
  url: string,
  options: { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: Uint8Array | string } = {},
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: options.method ?? "GET", headers: options.headers ?? {}, agent }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => { text += part; }).on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on("error", reject);
    sent.end(options.body);
  });
}

/** Tries until it answers 200; a try takes a millisecond or two. */
async function answered(url: string, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`Cannot measure: ${url} never answered`);
    const status = await send(url).then(({ status: code }) => code, () => 0);
    if (status === 200) return;
    await new Promise((done) => setTimeout(done, 2));
  }
}

async function stopped(child: ChildProcess, folder: string): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

let packagedLauncher: string | undefined;

/** The launcher with the engine as the package holds it: users run that one. Made once, and gone with this process. */
function makeLauncher(): string {
  if (packagedLauncher !== undefined) return packagedLauncher;
  const folder = mkdtempSync(join(tmpdir(), "inspan-bench-package-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  for (const name of ["bin", "package.json"]) cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  bundleEngine(join(root, "src", "app", "engine.ts"), join(folder, "dist", "app"));
  return packagedLauncher = join(folder, "bin", "inspan.js");
}

/** Time from spawn to the first answered query, of the engine as it is packed. */
export async function startEngine(options: { readonly isOnDisk: boolean }): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), "inspan-bench-"));
  const launcher = makeLauncher();
  const startedMs = performance.now();
  const child = spawn(process.execPath, [launcher, "telemetry", "serve", ...(options.isOnDisk ? ["--data", folder] : [])], {
    cwd: folder,
    env: { ...process.env, INSPAN_HOME: join(folder, "state") },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let line = "";
  for await (const part of child.stdout ?? []) { line += String(part); if (line.includes("\n")) break; }
  const { url, pid } = JSON.parse(line) as { url: string; pid: number }; // the form of CONTRACTS
  await answered(`${url}/api/v1/query?query=1`, child);
  return { url, pid, readyMs: performance.now() - startedMs, stop: () => stopped(child, folder) };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** Prometheus at $INSPAN_BENCH_PROMETHEUS; undefined where nobody names one. */
export async function startPrometheus(): Promise<Target | undefined> {
  const program = process.env["INSPAN_BENCH_PROMETHEUS"];
  if (program === undefined || program === "") return undefined;
  const folder = mkdtempSync(join(tmpdir(), "inspan-bench-"));
  writeFileSync(join(folder, "empty.yml"), "");
  const url = `http://127.0.0.1:${await freePort()}`;
  const startedMs = performance.now();
  const child = spawn(
    program,
    [
      `--config.file=${join(folder, "empty.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=${url.slice(7)}`,
      "--web.enable-remote-write-receiver",
      "--log.level=error",
    ],
    { stdio: "ignore" },
  );
  await answered(`${url}/api/v1/query?query=1`, child);
  return { url, pid: child.pid ?? 0, readyMs: performance.now() - startedMs, stop: () => stopped(child, folder) };
}

export const seriesCount = 1000, secondsCount = 3600;

/** Where the data begins: an hour ago on a whole minute, so that every store takes it as fresh. */
export function dataStartMs(): number { return Math.floor((Date.now() - secondsCount * 1000) / 60_000) * 60_000; }

/** 700 counters of which some start anew, 300 buckets of histograms; requests of one minute each. */
export function* requests(startMs: number): Iterable<Uint8Array> {
  let state = 42;
  const next = (): number => { state = Math.imul(state, 1_664_525) + 1_013_904_223 | 0; return (state >>> 0) / 2 ** 32; };
  const values = new Float64Array(seriesCount);
  const bounds = ["0.01", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"];
  const labels = Array.from({ length: seriesCount }, (_, at): Record<string, string> => (at < 700
    ? { __name__: "http_requests_total", job: ["api", "web", "db", "cache", "queue"][at % 5] ?? "", instance: `host-${at % 28}`, code: ["200", "201", "404", "500", "503"][Math.floor(at / 5) % 5] ?? "", path: `/p${Math.floor(at / 25)}` }
    : { __name__: "http_request_duration_seconds_bucket", job: ["api", "web", "db"][Math.floor((at - 700) / 10) % 3] ?? "", instance: `host-${Math.floor((at - 700) / 30)}`, le: bounds[at % 10] ?? "" }));
  for (let minute = 0; minute < secondsCount / 60; minute++) {
    const series: SentSeries[] = labels.map((own, at) => ({
      labels: own,
      samples: Array.from({ length: 60 }, (_, second) => {
        const step = at < 700 ? Math.floor(next() * 10) : at % 10 + 1;
        values[at] = at < 14 && next() < 0.002 ? 0 : (values[at] ?? 0) + step;
        return [startMs + (minute * 60 + second) * 1000, values[at] ?? 0] as const;
      }),
    }));
    yield encodeSnappy(encodeWriteRequest(series));
  }
}

export async function write(target: Target, body: Uint8Array): Promise<void> {
  const { status, text } = await send(`${target.url}/api/v1/write`, {
    method: "POST",
    headers: { "content-type": "application/x-protobuf", "content-encoding": "snappy", "x-prometheus-remote-write-version": "0.1.0" },
    body,
  });
  if (status >= 300) throw new Error(`Cannot write to ${target.url}: ${status} ${text}`);
}

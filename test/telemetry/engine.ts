// A real engine process for tests: started by the launcher, spoken to over HTTP, stopped by SIGTERM.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encodeSnappy, encodeWriteRequest, type SentSeries } from "./remote-write.ts";

const launcher = fileURLToPath(new URL("../../bin/inspan.js", import.meta.url));

export interface Called { readonly status: number; readonly text: string; readonly headers: Readonly<Record<string, string | string[] | undefined>> }
export interface CallOptions { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: Uint8Array | string }

export interface TestEngine {
  readonly url: string;
  readonly grpc: string;
  readonly home: string;
  readonly child: ChildProcess;
  call(path: string, options?: CallOptions): Promise<Called>;
  /** The parsed body of a Prometheus API call. */
  api(
    path: string,
    params: Readonly<Record<string, string | readonly string[]>>,
  ): Promise<{ status: string; data?: unknown; errorType?: string; error?: string; warnings?: readonly string[]; infos?: readonly string[] }>;
  write(series: readonly SentSeries[]): Promise<Called>;
  /** Its exit code. The folder stays where `keepsHome`. */
  stop(options?: { readonly signal?: NodeJS.Signals; readonly keepsHome?: boolean }): Promise<number | null>;
}

function callUrl(url: string, options: CallOptions): Promise<Called> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: options.method ?? "GET", headers: options.headers ?? {} }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => { text += part; }).on("end", () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }));
    });
    sent.on("error", reject);
    sent.end(options.body);
  });
}

/** `args` follow `telemetry serve`. */
export async function startTestEngine(args: readonly string[] = [], options: { readonly home?: string; /** Stands before the engine's own command. */ readonly wrap?: (home: string) => readonly string[] } = {}): Promise<TestEngine> {
  const home = options.home ?? mkdtempSync(join(tmpdir(), "inspan-engine-"));
  const [program = process.execPath, ...words] = [...options.wrap?.(home) ?? [], process.execPath, launcher, "telemetry", "serve", ...args];
  const child = spawn(program, words, { cwd: home, env: { ...process.env, INSPAN_HOME: join(home, "state") }, stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit") as Promise<[number | null]>; // the event's own arguments
  let line = "";
  for await (const part of child.stdout ?? []) { line += String(part); if (line.includes("\n")) break; }
  const { url, grpc } = JSON.parse(line) as { url: string; grpc: string }; // the form of CONTRACTS
  const call = (path: string, given: CallOptions = {}): Promise<Called> => callUrl(`${url}${path}`, given);
  return {
    url, grpc, home, child, call,
    api: async (path, params) => {
      const search = new URLSearchParams(
        Object.entries(params).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : value.map((one) => [name, one]))) as [
          string,
          string,
        ][],
      ); // pairs by construction
      return JSON.parse((await call(`/api/v1/${path}?${search.toString()}`)).text) as Awaited<ReturnType<TestEngine["api"]>>; // judged by the test
    },
    write: (series) =>
      call("/api/v1/write", {
        method: "POST",
        headers: { "content-type": "application/x-protobuf", "content-encoding": "snappy" },
        body: encodeSnappy(encodeWriteRequest(series)),
      }),
    stop: async ({ signal = "SIGTERM", keepsHome = false } = {}) => {
      child.kill(signal);
      const [code] = await exited;
      if (!keepsHome) rmSync(home, { recursive: true, force: true });
      return code;
    },
  };
}

// A large repository to measure checks on: copied from a folder that the caller names, with a configuration that asks every family of rules.
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launcher, readPeakMb } from "./measure.ts";

/** Layers that many TypeScript repositories have; what matters here is that every rule has work. */
const configuration = `version: 1
domains: ["packages/*/src", "apps/*/src", "src/domains/*"]
layers: [types, config, fields, utilities, repo, service, auth, database, runtime, collections, globals, admin, views, elements, ui]
providers: { path: "packages/*/src/providers", packages: [pino, "@opentelemetry/*", "@aws-sdk/*"] }
rules:
  - { name: function-size, linesMax: 100 }
  - { name: no-clock, in: "packages/**", ban: [Date.now, "new Date()", Math.random, console], why: "a measurement", fix: "none" }
  - { name: no-environment, in: "packages/**", ban: [process.env], why: "a measurement", fix: "none" }
  - { name: ui-without-database, from: "packages/ui/**", to: "packages/db-*/**", why: "a measurement", fix: "none" }
`;

export interface Subject { readonly path: string; readonly statePath: string; dispose(): void }

/** The folder of `variable`, or a clear way out. */
export function folderOf(variable: string, what: string): string {
  const path = process.env[variable];
  if (path === undefined || !existsSync(path)) {
    process.stderr.write(
      `Cannot measure: ${variable} ${path === undefined ? "is not set" : `names "${path}", which is not there`}, expected ${what}.\nNext: ${variable}=<folder> npm run bench -- <scenario> --json\n`,
    );
    process.exit(2);
  }
  return realpathSync(path);
}

export function copySubject(): Subject {
  const from = folderOf("INSPAN_BENCH_SUBJECT", "a checkout of a large TypeScript repository, for example of payloadcms/payload");
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "inspan-subject-")));
  const path = join(folder, "subject");
  cpSync(from, path, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  writeFileSync(join(path, "inspan.yaml"), configuration);
  return { path, statePath: join(folder, "state"), dispose: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }) };
}

export interface Run { readonly ms: number; readonly peakMb: number; readonly stdout: string; readonly exitCode: number | null }

/** Wall time and peak memory of one process; standard output as text. */
export function runMeasured(args: readonly string[], options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> }): Promise<Run> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [...args], { cwd: options.cwd, env: { ...process.env, ...options.env }, stdio: ["ignore", "pipe", "ignore"] });
  const parts: Buffer[] = [];
  let peakMb = 0;
  const timer = setInterval(() => { peakMb = Math.max(peakMb, readPeakMb(child.pid ?? 0) || 0); }, 20);
  child.stdout.on("data", (part: Buffer) => { parts.push(part); });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode) => {
      clearInterval(timer);
      resolve({ ms: performance.now() - startedMs, peakMb, stdout: Buffer.concat(parts).toString(), exitCode });
    });
  });
}

/** `inspan …` in the subject, with a state folder of its own. */
export async function runInspan(subject: Subject, args: readonly string[]): Promise<Run> {
  const run = await runMeasured([launcher, ...args], { cwd: subject.path, env: { INSPAN_HOME: subject.statePath } });
  if (run.exitCode !== 0 && run.exitCode !== 1) throw new Error(`Cannot measure "inspan ${args.join(" ")}": it ended with ${run.exitCode}`);
  return run;
}

// Why a service is not ready, as an answer: what happened, what was expected, what it listened on, its last lines, the next command. Pure.
import { renderDuration } from "../../../base/text.ts";
import type { Ready, ServiceFailure, ServicePlan } from "../types/index.ts";

/** What an agent reads of a failure: the end says most; a stack trace has about thirty lines. */
const lastLinesMax = 40;
/** A bundle printed on one line must not fill a context. */
const lineCharsMax = 400;
/** The same for who asks for the output itself. */
const outputLineCharsMax = 2000;

export function lastLinesOf(output: string): readonly string[] {
  const lines = output.replace(/\n+$/, "").split("\n").filter((line) => line.trim() !== "");
  return lines.slice(-lastLinesMax).map((line) => cutLine(line, lineCharsMax));
}

export function cutLine(line: string, charsMax = outputLineCharsMax): string {
  return line.length > charsMax ? `${line.slice(0, charsMax)} [… ${line.length - charsMax} characters left out]` : line;
}

export function describeReady(ready: Ready, ports: ReadonlyMap<string, number>): string {
  const first = [...ports.keys()][0];
  const named = (name: string | undefined): string => { const chosen = name ?? first; return chosen === undefined ? "a port" : `port ${ports.get(chosen) ?? "?"} (${chosen})`; };
  switch (ready.kind) {
    case "http": return `GET ${ready.path} at ${named(ready.port)} to answer ${ready.status ?? "with a status below 400"}`;
    case "tcp": return `${named(ready.port)} to accept connections`;
    case "log": return `a line of its output that matches /${ready.pattern}/`;
    case "listening": return ports.size === 0 ? "any port to be listened on" : `any port to be listened on, ${named(undefined)} best`;
    case "started": return "the program to start";
  }
}

export interface Ended {
  readonly service: ServicePlan;
  readonly ports: ReadonlyMap<string, number>;
  readonly reason: ServiceFailure["reason"];
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly afterMs: number;
  readonly portsSeen: readonly number[];
  readonly output: string;
  /** What the last attempt to reach it met, for example "status 500". */
  readonly lastAnswer: string | undefined;
  readonly wasReady: boolean;
}

function sentence(ended: Ended): string {
  const { service, reason, exitCode, signal, afterMs, lastAnswer, wasReady } = ended;
  const name = `"${service.name}"`;
  switch (reason) {
    case "exited":
      return `Cannot ${wasReady ? "keep" : "start"} ${name}: its program ended with ${signal === null ? `exit code ${exitCode}` : signal} after ${renderDuration(afterMs)}, ${wasReady ? "after it was ready" : "before it was ready"}${exitCode === 0 && !wasReady ? "; a program that goes into the background is ended with its parent, run it in the foreground" : ""}.`;
    case "timed-out": return `Cannot start ${name}: not ready within ${renderDuration(afterMs)}${lastAnswer === undefined ? "" : ` (${lastAnswer})`}.`;
    case "not-started": return `Cannot start ${name}: ${lastAnswer ?? "its program did not start"}.`;
    case "port-taken": return `Cannot start ${name}: its port is taken.`;
    case "needs": return `Cannot start ${name}: ${lastAnswer ?? "a service that it needs is not ready"}.`;
    case "seed": return `Cannot start ${name}: ${lastAnswer ?? "the seed failed"}.`;
    case "limit": return `Cannot keep ${name}: ${lastAnswer ?? "it went over a limit"}.`;
    case "cancelled": return `Cannot start ${name}: it was stopped before it was ready.`;
  }
}

/** The program that a shell did not find; a command may name several. */
function missingProgram(output: string): string | undefined {
  return /(?:^|\n)(?:\S*sh|\S+): (?:line )?(?:\d+: )?(?:exec: )?([^\s:]{1,100}): (?:command )?not found/.exec(output.slice(-2000))?.[1];
}

/** Most helpful next command by what was seen. */
function remedyOf({ service, reason, exitCode, output, portsSeen, lastAnswer }: Ended): string {
  if (/EADDRINUSE|[Aa]ddress already in use/.test(output))
    return `make services.${service.name}.run listen on $${service.ports[0] ?? "PORT"}, then run: inspan restart ${service.name}`;
  if (exitCode === 127 || /: not found$|command not found|ENOENT/m.test(output.slice(-2000)))
    return `install what "${missingProgram(output) ?? service.run.split(/\s/)[0] ?? ""}" needs (setup: in inspan.yaml), then run: inspan restart ${service.name}`;
  if (reason === "timed-out" && portsSeen.length > 0) return `mend services.${service.name}.ready in inspan.yaml (it listens on ${portsSeen.join(", ")}), then run: inspan up`;
  if (reason === "needs") return "inspan status";
  if (reason === "seed") return "mend seed: in inspan.yaml, then run: inspan up";
  if (reason === "not-started" && lastAnswer !== undefined) return `mend services.${service.name}.cwd in inspan.yaml, then run: inspan up`;
  return `inspan output ${service.name}`;
}

export function explainFailure(ended: Ended): ServiceFailure {
  return {
    reason: ended.reason, message: sentence(ended), exitCode: ended.exitCode, signal: ended.signal,
    expected: describeReady(ended.service.ready, ended.ports), portsSeen: [...new Set(ended.portsSeen)].sort((a, b) => a - b),
    lastLines: lastLinesOf(ended.output), remedy: remedyOf(ended),
  };
}

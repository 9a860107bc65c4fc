// Asks an engine, or a real Loki, Tempo or Prometheus, over its standard HTTP API. Which one: --url, telemetry.remote, the worktree's own engine.
import { InspanError, messageOf } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { telemetrySection } from "../config/telemetry-section.ts";
import { findWorktreeRoot, readEngineRecord } from "../repo/engine-record.ts";

export type SignalName = "logs" | "traces" | "metrics";

export interface Target { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly isOwn: boolean }

/** Answers above this are no answer for a person or an agent. */
const answerBytesMax = 64 * 1024 * 1024;
const answerMsMax = 60_000;

function readToken(name: string | undefined, url: string, env: OperationContext["env"]): Record<string, string> {
  if (name === undefined) return {};
  const token = env[name];
  if (token === undefined || token === "")
    throw new InspanError(
      "TELEMETRY_SECRET",
      `Cannot ask "${url}": the environment variable ${name} is not set, expected the token that telemetry.remote names.`,
      { kind: "usage", remedy: `export ${name}=…` },
    );
  return { authorization: `Bearer ${token}` };
}

/** Throws ENGINE_ABSENT where nothing is configured and no engine of this worktree has said where it listens. */
export async function findTarget(context: OperationContext, signal: SignalName, url?: string): Promise<Target> {
  if (url !== undefined) return { url: url.replace(/\/+$/, ""), headers: {}, isOwn: false };
  const rootPath = findWorktreeRoot(context.cwd);
  const { remote } = (await context.loadConfiguration(rootPath)).read(telemetrySection);
  const configured = remote[signal];
  if (configured !== undefined)
    return { url: configured.replace(/\/+$/, ""), headers: { ...remote.headers, ...readToken(remote.tokenEnv, configured, context.env) }, isOwn: false };
  const record = readEngineRecord(context.statePath, rootPath);
  if (record === undefined) {
    throw new InspanError("ENGINE_ABSENT", `Cannot ask for ${signal} of "${rootPath}": no telemetry engine of this worktree is running, expected one.`, {
      remedy: "inspan up, or: inspan telemetry serve",
    });
  }
  return { url: record.url, headers: {}, isOwn: true };
}

async function readBounded(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  if (response.body !== null) {
    for await (const part of response.body) {
      size += part.length;
      if (size > answerBytesMax)
        throw new InspanError("ANSWER_TOO_LARGE", `Cannot read the answer: more than ${answerBytesMax} bytes, expected fewer.`, {
          remedy: "ask with a smaller --limit or a narrower query",
        });
      parts.push(part);
    }
  }
  return Buffer.concat(parts).toString("utf8");
}

/** GET of a path with parameters; returns parsed JSON. A refusal of the query is a usage error with the server's own words. */
export async function ask(target: Target, path: string, parameters: Readonly<Record<string, string | undefined>>, signal: AbortSignal): Promise<unknown> {
  const query = new URLSearchParams(Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as [string, string]])));
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${target.url}${path}?${query}`, {
      headers: { accept: "application/json", ...target.headers },
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMsMax)]),
    });
    text = await readBounded(response);
  } catch (error) {
    if (signal.aborted || error instanceof InspanError) throw error;
    throw new InspanError("ENGINE_SILENT", `Cannot ask "${target.url}": ${messageOf(error)}, expected an answer.`, {
      cause: error,
      remedy: target.isOwn ? "inspan up, or: inspan telemetry serve" : "curl the URL, or pass another with --url",
    });
  }
  if (response.status === 404) return undefined;
  if (!response.ok) {
    const said = text.trim().slice(0, 2000);
    throw new InspanError("QUERY_REFUSED", `Cannot run the query: ${said === "" ? `status ${response.status}` : said}`, {
      kind: response.status < 500 ? "usage" : "outside",
      remedy: "mend the query where the position says; the languages are described in docs/telemetry.md",
    });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InspanError("ANSWER_BROKEN", `Cannot read the answer of "${target.url}": no JSON, expected some.`, {
      cause: error,
      remedy: "check that the URL is the base of the API",
    });
  }
}

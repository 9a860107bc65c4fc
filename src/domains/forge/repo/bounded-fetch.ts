// One way to a forge for everything in this process: cached by ETag, few at once, patient with limits, bounded in size. Knows no forge's forms.
import { InspanError, isAbort, messageOf } from "../../../base/errors.ts";
import type { Clock, Random } from "../../../providers/index.ts";
import { decideAnswer } from "./limits.ts";

export interface CachedAnswer { readonly etag: string; readonly body: string; readonly headers: Readonly<Record<string, string>> }

/** Answers that were seen before, by address; kept over processes. */
export interface AnswerCache { read(url: string): CachedAnswer | undefined; write(url: string, answer: CachedAnswer): void; count(requests: number): void }

export interface BoundedFetch {
  (url: string, options?: RequestInit): Promise<Response>;
  /** A question that is posted (GraphQL): changes nothing, so that it is repeated like any other read. */
  readonly question: (url: string, options?: RequestInit) => Promise<Response>;
  readonly requests: () => number;
}

// One connection's worth of answers; a forge takes ten seconds for its heaviest ones.
const answerMsMax = 30_000;
const attemptsMax = 4;
// A page of a hundred pull requests is below 5 MB; more is not what was asked for.
const bodyBytesMax = 16 * 1024 * 1024;
// Kept answers lie in one database of the repository; what is larger is rare, and read again.
const keptCharsMax = 1024 * 1024;
// Of a refusal this much is looked at for words of a limit.
const saidCharsMax = 2_000;
// GitHub asks for no more than a few at once, and counts bursts as abuse.
const atOnceMax = 4;
// Headers that readers of a cached answer still need.
const keptHeaders = ["content-type", "link", "etag", "x-next-page"];

function unanswered(url: string, said: string, cause?: unknown): InspanError {
  return new InspanError("FORGE_UNREACHABLE", `Cannot reach "${new URL(url).host}": ${said}, expected an answer.`, { remedy: "inspan doctor", isRetryable: true, cause });
}

/** Not asked for again by itself: it would be as large the next time. */
function tooLarge(url: string): InspanError {
  return new InspanError("FORGE_UNREADABLE", `Cannot read the answer of "${new URL(url).host}": it is too large, expected at most ${bodyBytesMax} bytes.`, { remedy: "check forge.url in inspan.yaml", isRetryable: true });
}

/** Why no answer came: what the network said, below the wrapping of fetch(). */
function reasonOf(error: unknown, answerMs: number): string {
  if (error instanceof Error && error.name === "TimeoutError") return `no whole answer within ${answerMs / 1000} s`;
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && cause.message !== "" ? cause.message : messageOf(error);
}

async function readBounded(response: Response, url: string): Promise<string> {
  if (Number(response.headers.get("content-length") ?? 0) > bodyBytesMax) {
    await response.body?.cancel();
    throw tooLarge(url);
  }
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > bodyBytesMax) throw tooLarge(url);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Lets a few through at once, the others in their order. */
function createGate(): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= atOnceMax) await new Promise<void>((resolve) => { waiting.push(resolve); });
    running++;
    try { return await work(); } finally { running--; waiting.shift()?.(); }
  };
}

/**
 * A fetch whose answers are whole. Reads are repeated where the server failed; a write only where the forge said that it did not take it (a limit), so that nothing is done
 * twice. Rejects with FORGE_UNREACHABLE and FORGE_LIMITED, both retryable, or an AbortError.
 */
export function createBoundedFetch(options: { readonly clock: Clock; readonly random: Random; readonly cache: AnswerCache; readonly signal: AbortSignal; readonly answerMs?: number }): BoundedFetch {
  const { clock, random, cache, signal, answerMs = answerMsMax } = options;
  const gate = createGate();
  const running = new Map<string, Promise<{ readonly status: number; readonly headers: Headers; readonly text: string }>>();
  let requests = 0;

  const once = async (url: string, init: RequestInit): Promise<{ readonly status: number; readonly headers: Headers; readonly text: string }> => {
    requests++;
    cache.count(1);
    try {
      const signals = [signal, AbortSignal.timeout(answerMs), ...(init.signal ? [init.signal] : [])];
      const response = await fetch(url, { ...init, redirect: "manual", signal: AbortSignal.any(signals) });
      return { status: response.status, headers: response.headers, text: await readBounded(response, url) };
    } catch (error) {
      if (signal.aborted || (isAbort(error) && init.signal?.aborted === true)) throw error;
      throw error instanceof InspanError ? error : unanswered(url, reasonOf(error, answerMs), error);
    }
  };

  const ask = async (url: string, init: RequestInit, isQuestion = false) => {
    const isCached = (init.method ?? "GET") === "GET";
    const isRead = isCached || isQuestion;
    const known = isCached ? cache.read(url) : undefined;
    const headers = new Headers(init.headers);
    if (known) headers.set("if-none-match", known.etag);
    for (let attempt = 0; ; attempt++) {
      let answer: Awaited<ReturnType<typeof once>>;
      try { answer = await gate(() => once(url, { ...init, headers })); } catch (error) {
        if (!isRead || attempt + 1 >= attemptsMax || !(error instanceof InspanError) || error.code !== "FORGE_UNREACHABLE") throw error;
        await clock.sleep(500 * 2 ** attempt * (0.5 + random.fraction()), signal);
        continue;
      }
      if (answer.status === 304 && known) return { status: 200, headers: new Headers(known.headers), text: known.body };
      const decision = decideAnswer({ status: answer.status, said: answer.text.slice(0, saidCharsMax), header: (name) => answer.headers.get(name) ?? undefined }, { attempt, attemptsMax, nowMs: clock.nowMs(), chance: random.fraction() });
      if (decision.kind === "limited")
        throw new InspanError(
          "FORGE_LIMITED",
          `Cannot ask "${new URL(url).host}" now: its limit of requests is used until ${new Date(decision.untilMs).toISOString()}, expected some left.`,
          { remedy: "wait until then, and do the same again", isRetryable: true },
        );
      const isTaken = decision.kind === "take" || (!isRead && answer.status !== 429 && answer.status !== 403);
      if (!isTaken) { await clock.sleep(decision.kind === "wait" ? decision.ms : 0, signal); continue; }
      const etag = answer.headers.get("etag");
      if (isCached && answer.status === 200 && etag !== null && answer.text.length <= keptCharsMax)
        cache.write(url, {
          etag,
          body: answer.text,
          headers: Object.fromEntries(
            keptHeaders.flatMap((name) => {
              const value = answer.headers.get(name);
              return value === null ? [] : [[name, value]];
            }),
          ),
        });
      return answer;
    }
  };

  const responseOf = ({ status, headers, text }: Awaited<ReturnType<typeof once>>): Response => new Response([204, 205, 304].includes(status) ? null : text, { status, headers });
  const bounded = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const isRead = (init.method ?? "GET") === "GET";
    // Tasks that ask the same at the same time get one answer.
    const shared = isRead ? running.get(url) : undefined;
    const work = shared ?? ask(url, init);
    if (isRead && !shared) { running.set(url, work); void work.catch(() => undefined).finally(() => running.delete(url)); }
    return responseOf(await work);
  };
  return Object.assign(bounded, { question: async (url: string, init: RequestInit = {}) => responseOf(await ask(url, init, true)), requests: () => requests });
}

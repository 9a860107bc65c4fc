// `browser console` and `browser network`: what was said and asked for since the last reply, or all that is kept.
import { withDeadline } from "../../../../../base/async.ts";
import { InspanError } from "../../../../../base/errors.ts";
import { renderConsole, renderNetwork, renderRequest } from "../../../service/activity.ts";
import { headOf } from "../../../service/render-tree.ts";
import type { ConsoleInput, NetworkInput } from "../../../types/inputs.ts";
import type { WorktreePages } from "../worktree-pages.ts";
import { headCharsMax, type VerbReply } from "./reply.ts";

/** Of a body in a reply. */
const bodyCharsMax = 2_000;
const bodyMsMax = 3_000;

function bounded(lines: readonly string[], nothing: string): Pick<VerbReply, "said" | "text"> {
  if (lines.length === 0) return { said: nothing, text: "" };
  // The newest are what counts.
  const { text, leftOut } = headOf(lines.toReversed(), headCharsMax);
  return { said: leftOut === 0 ? "" : `${leftOut} older lines are left out`, text: text.split("\n").toReversed().join("\n") };
}

export async function consoleLines(pages: WorktreePages, input: ConsoleInput): Promise<VerbReply> {
  const fresh = pages.activity.takeConsole();
  const lines = input.all ? [...pages.activity.console] : fresh;
  if (input.clear) pages.activity.clearConsole();
  return { ...bounded(renderConsole(lines), input.all ? "nothing in the console" : "nothing new in the console"), data: { lines } };
}

function renderHeaders(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(headers)
    .slice(0, 40)
    .map(([name, value]) => `  ${name}: ${/^(?:cookie|set-cookie|authorization|proxy-authorization)$/i.test(name) ? "***" : value.slice(0, 200)}`);
}

/** Rejects with REQUEST_UNKNOWN. */
async function oneRequest(pages: WorktreePages, id: number): Promise<VerbReply> {
  const line = pages.activity.network.find(({ seq }) => seq === id);
  const request = pages.events?.request(id);
  if (line === undefined || request === undefined)
    throw new InspanError("REQUEST_UNKNOWN", `Cannot show request ${id}: it is not kept, expected a number that \`inspan browser network --all\` shows.`, {
      kind: "usage",
      remedy: "inspan browser network --all",
    });
  const read = async () => {
    const response = await request.response();
    const type = response?.headers()["content-type"] ?? "";
    const isText = /json|text|xml|javascript|urlencoded/.test(type);
    return {
      requestHeaders: request.headers(),
      responseHeaders: response?.headers() ?? {},
      sent: request.postData() ?? "",
      body: response === null ? "" : isText ? await response.text() : `(${type || "no content type"})`,
    };
  };
  const { requestHeaders, responseHeaders, sent, body } = await pages.timed(
    withDeadline(read(), bodyMsMax, () => ({
      requestHeaders: request.headers(),
      responseHeaders: {},
      sent: request.postData() ?? "",
      body: "(not there any more)",
    })),
  );
  const clip = (text: string): string => (text.length > bodyCharsMax ? `${text.slice(0, bodyCharsMax)}\n… ${text.length - bodyCharsMax} more characters` : text);
  const text = [
    renderRequest(line, pages.pageUrl),
    "request:",
    ...renderHeaders(requestHeaders),
    ...(sent === "" ? [] : [clip(sent)]),
    "response:",
    ...renderHeaders(responseHeaders),
    ...(body === "" ? [] : [clip(body)]),
  ].join("\n");
  return { said: "", text, data: { request: line } };
}

export async function networkLines(pages: WorktreePages, input: NetworkInput): Promise<VerbReply> {
  if (input.id !== undefined) return oneRequest(pages, input.id);
  const fresh = pages.activity.takeNetwork();
  const lines = input.all ? [...pages.activity.network] : fresh;
  if (input.clear) pages.activity.clearNetwork();
  return { ...bounded(renderNetwork(lines, pages.pageUrl, { isWhole: input.all }), input.all ? "no requests" : "no new requests"), data: { requests: lines } };
}

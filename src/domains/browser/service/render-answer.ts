// A reply as an agent and a person read it: ours first, the page's words fenced as untrusted, then where the rest is. Pure.
import { fenceUntrusted } from "../../../base/text.ts";
import type { BrowserAnswer } from "../types/wire.ts";

/** Of an address in a line; pages choose their own. */
const urlCharsMax = 200;

function originOf(url: string): string {
  try {
    const { origin, protocol } = new URL(url);
    return origin === "null" ? protocol.replace(/:$/, "") : origin;
  } catch { return "page"; } // no address yet
}

export function renderAnswer(answer: BrowserAnswer): string {
  const { said, text, file, url, title } = answer;
  const heading = [title === "" ? "" : `title: ${title.replaceAll(/\s+/g, " ").slice(0, 120)}`, text].filter((part) => part !== "").join("\n");
  return [
    ...(url === "" ? [] : [`${url.slice(0, urlCharsMax)}`]),
    ...(said === "" ? [] : [said]),
    ...(heading === "" ? [] : [fenceUntrusted(originOf(url), heading)]),
    ...(file === undefined ? [] : [`file: ${file}`]),
  ].join("\n");
}

// Words on a forge that are meant for the harness: `/inspan answer …` at the start of a line, or a reply that quotes our question. Pure.
// Only what somebody writes themselves counts: what stands in a quote, a fence of code or a hidden comment was said by others.

export type ForgeCommand = { readonly kind: "answer"; readonly text: string } | { readonly kind: "resume" } | { readonly kind: "cancel" };

// An answer is read by a person and an agent; what is longer is a document.
const answerCharsMax = 8_000;
const linesMax = 2_000;
// Fewer quoted words than these could be anybody's.
const quoteCharsMin = 12;

/** The lines that the writer said in their own words; what they quote is beside it. */
function splitOwn(body: string): { readonly own: readonly string[]; readonly quoted: readonly string[] } {
  const own: string[] = [];
  const quoted: string[] = [];
  let fence: string | undefined;
  let isHidden = false;
  for (const line of body.replaceAll("\r\n", "\n").split("\n", linesMax)) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== undefined) { if (mark !== undefined && mark[0] === fence[0] && mark.length >= fence.length) fence = undefined; continue; }
    if (isHidden) { isHidden = !line.includes("-->"); continue; }
    if (mark !== undefined) { fence = mark; continue; }
    if (line.includes("<!--")) { isHidden = !line.slice(line.indexOf("<!--")).includes("-->"); continue; }
    if (/^ {0,3}>/.test(line)) quoted.push(line.replace(/^[ >]+/, "").trim()); else own.push(line);
  }
  return { own, quoted };
}

/** The first command of a comment; undefined where it holds none. */
export function parseForgeCommand(body: string): ForgeCommand | undefined {
  const { own } = splitOwn(body);
  const at = own.findIndex((line) => /^\/inspan\s+(answer|resume|cancel)\b/i.test(line));
  if (at < 0) return undefined;
  const [, verb = "", first = ""] = /^\/inspan\s+(answer|resume|cancel)\b[:,]?(.*)$/i.exec(own[at] ?? "") ?? [];
  if (verb.toLowerCase() !== "answer") return { kind: verb.toLowerCase() === "cancel" ? "cancel" : "resume" };
  const text = [first, ...own.slice(at + 1)].join("\n").trim().slice(0, answerCharsMax);
  if (/^cancel[.!]?$/i.test(text)) return { kind: "cancel" };
  return text === "" ? { kind: "resume" } : { kind: "answer", text };
}

/** What a reply says to a question that it quotes; undefined where it quotes something else. */
export function parseQuotedReply(body: string, question: string): ForgeCommand | undefined {
  const { own, quoted } = splitOwn(body);
  const asked = new Set(question.split("\n").map((line) => line.replace(/^[ >*#-]+/, "").trim()).filter((line) => line.length >= quoteCharsMin));
  if (!quoted.some((line) => asked.has(line.replace(/^[ >*#-]+/, "").trim()))) return undefined;
  return replyOf(own.join("\n"));
}

/** The whole of a comment that stands in the question's own thread. */
export function parseThreadReply(body: string): ForgeCommand | undefined {
  return replyOf(splitOwn(body).own.join("\n"));
}

function replyOf(own: string): ForgeCommand | undefined {
  const text = own.trim().slice(0, answerCharsMax);
  if (text === "") return undefined;
  return /^cancel[.!]?$/i.test(text) ? { kind: "cancel" } : /^resume[.!]?$/i.test(text) ? { kind: "resume" } : { kind: "answer", text };
}

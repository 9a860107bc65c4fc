// The journal of a task as it grows: words as text, each tool call folded to one line, findings marked. Appends only; knows no stream.
import { duration, make } from "./dom.js";

// More entries than a page can hold smoothly; the oldest leave first, and the command shows them.
const entriesMax = 2500;
// A folded output is a look, not a log.
const outputCharsMax = 20_000;

const words = (value) => (typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value));
const cut = (text) => (text.length > outputCharsMax ? `${text.slice(0, outputCharsMax)}\n… ${text.length - outputCharsMax} more characters` : text);

function fold(kind, title, mark, body) {
  return make("details", { class: `entry fold ${kind}` },
    make("summary", {}, make("span", { class: "mark", text: mark }), make("span", { class: "what", text: title }), make("span", { class: "took" })),
    make("pre", { text: cut(body) }));
}

const note = (kind, who, text) => make("div", { class: `entry note ${kind}` }, make("span", { class: "who", text: who }), make("span", { class: "said", text }));
const said = (kind, who, text) => make("div", { class: `entry said ${kind}` }, make("div", { class: "who", text: who }), make("div", { class: "body", text }));

function renderReview(data) {
  const findings = Array.isArray(data.findings) ? data.findings : [];
  return make("div", { class: "entry review" }, make("div", { class: "who", text: `Review, round ${words(data.round)}: ${words(data.decision)}` }),
    make("ul", {}, ...findings.map((finding) => make("li", {}, make("span", { class: `priority ${/^P[0-3]$/.test(finding.priority) ? finding.priority : ""}`, text: words(finding.priority) }), ` ${words(finding.title)} (${words(finding.file)}): ${words(finding.state)}`))));
}

/** Tool calls by their id: the line of a call is made at its start and completed at its end. */
function createToolLines() {
  const calls = new Map();
  const start = (key, data) => {
    const entry = fold("tool", words(data.title || data.tool), "→", "");
    calls.set(key, entry);
    return entry;
  };
  /** Gives a new line only where the beginning of the call was dropped. */
  const finish = (key, data) => {
    const known = calls.get(key);
    const entry = known ?? fold("tool", words(data.tool), "→", "");
    calls.delete(key);
    entry.classList.add(data.isError ? "bad" : "good");
    entry.querySelector(".mark").textContent = data.isError ? "✗" : "✓";
    entry.querySelector(".took").textContent = duration(Number(data.durationMs) || 0);
    entry.querySelector("pre").textContent = cut(words(data.output)) || "(no output)";
    return known ? undefined : entry;
  };
  return { start, finish };
}

function renderAgent(data, who, tools) {
  const key = `${who}:${data.callId}`;
  switch (data.event) {
    case "message": return who === "agent" ? said("agent", who, words(data.text)) : fold("reviewer", `${who}: ${words(data.text).replaceAll(/\s+/g, " ").slice(0, 160)}`, "·", words(data.text));
    case "reasoning": return fold("reasoning", "thought", "·", words(data.text));
    case "tool-started": return tools.start(key, data);
    case "tool-finished": return tools.finish(key, data);
    case "files-changed": return note("files", "edited", (Array.isArray(data.paths) ? data.paths : []).map(words).join(", "));
    case "findings-shown": return make("details", { class: "entry finding", open: true }, make("summary", { text: "Finding shown to the agent in the same turn" }), make("pre", { text: cut(words(data.text)) }));
    case "approval": return note("approval", words(data.decision), `${words(data.what)} (${words(data.reason)})`);
    case "steered": return said("you", "you", words(data.text));
    case "warning": return note("warning", "warning", words(data.text));
    default: return undefined;
  }
}

function renderRecord({ type, data, at }, tools) {
  switch (type) {
    case "phase": return make("h3", { class: "entry phase" }, words(data.phase), make("span", { class: "clock", text: new Date(at).toLocaleTimeString(), title: at }));
    case "agent": return renderAgent(data, "agent", tools);
    case "reviewer": return renderAgent(data, `reviewer ${words(data.reviewer)}`, tools);
    case "reproduction": return note(data.judgement === "reproduced" ? "good" : "warning", "proof", `${words(data.command)}: ${words(data.judgement)}`);
    case "finding-reply": return note("reply", words(data.decision), words(data.reason));
    case "invalid": return note("warning", "not valid yet", (Array.isArray(data.failures) ? data.failures : []).map(words).join("; "));
    case "review": return renderReview(data);
    case "check": return note(data.status === "passed" ? "good" : "bad", `check ${words(data.name)}`, `${words(data.status)}, ${duration(Number(data.durationMs) || 0)}`);
    case "pull-request": return note("good", "pull request", `${words(data.id)} ${words(data.url)}`);
    case "merge": return note("good", "merge", `${words(data.outcome)} ${words(data.commit).slice(0, 10)}`);
    case "message": return said("you", "you", words(data.text));
    case "resumed": return said("you", "you", data.answer ? words(data.answer) : "(resumed)");
    case "hold": return note("warning", `held: ${words(data.reason)}`, words(data.question));
    default: return undefined;
  }
}

/** A journal in an element that follows the end while the reader is there. */
export function createTranscript() {
  const element = make("div", { class: "transcript", role: "log", "aria-label": "Transcript", "aria-live": "off" });
  const tools = createToolLines();
  return {
    element,
    /** Appends records; scrolls along where the reader was at the end. */
    append(records) {
      const page = document.scrollingElement;
      const isAtEnd = element.isConnected && element.childElementCount > 0 && page.scrollHeight - page.scrollTop - page.clientHeight < 80;
      const entries = records.map((record) => renderRecord(record, tools)).filter((entry) => entry !== undefined);
      if (entries.length === 0) return;
      element.append(...entries);
      while (element.childElementCount > entriesMax) element.firstElementChild.remove();
      if (isAtEnd) page.scrollTop = page.scrollHeight;
    },
  };
}

// The ledger of guardrails: what each answers, how often its fault came back, what it costs; and which causes come again. Gets figures, gives elements.
import { age, command, count, make } from "./dom.js";

/** More of them say nothing more. */
const warningsMax = 20;

/** A title is one line, whatever somebody wrote there. */
const titleCharsMax = 200;
const line = (text) => (text.length > titleCharsMax ? `${text.slice(0, titleCharsMax)}…` : text);

const verdicts = { works: "done", "comes-back": "failed", "costs-more": "held", "never-fires": "held", young: "" };

function renderGuardrail(entry) {
  const facts = [
    `since ${entry.since.slice(0, 10)}`, `rests on ${entry.answers} signals`, `came back ${entry.recurrences} times`, entry.caught === null ? "leaves no sign when it works" : `caught ${entry.caught}`, ...(entry.falseFindings > 0 ? [`${entry.falseFindings} false`] : []),
    `${count(entry.cost.tokens)} tokens in ${entry.cost.tasks} tasks`, ...(entry.cost.msPerCheck === null ? [] : [`${entry.cost.msPerCheck} ms a check`]), ...(entry.savedTokens === null ? [] : [`about ${count(entry.savedTokens)} saved`]),
  ];
  return make("li", {}, make("div", { class: "guardrail" },
    make("span", { class: `pill ${verdicts[entry.verdict] ?? ""}`, text: entry.verdict }),
    make("span", { class: "title" }, make("span", { class: "name", text: line(entry.title) }), make("span", { class: "facts", text: `${entry.rung}, ${entry.file}` }), make("span", { class: "facts", text: facts.join(" · ") }), entry.advice ? make("span", { class: "facts", text: entry.advice }) : ""),
    make("span", { class: "age" }, age(entry.since)),
  ));
}

function renderCause(cluster) {
  return make("li", {}, make("div", { class: "guardrail" },
    make("span", { class: "pill", text: `${cluster.signalIds.length + (cluster.counted ?? 0)} times` }),
    make("span", { class: "title" }, make("span", { class: "name", text: line(cluster.title) }), make("span", { class: "facts", text: cluster.kinds.join(", ") })),
    make("span", { class: "age" }, age(cluster.lastAt)),
  ));
}

function renderProposal(proposal) {
  return make("li", {}, make("div", { class: "guardrail" },
    make("span", { class: `pill ${{ merged: "done", open: "working", rejected: "cancelled", refused: "held" }[proposal.state] ?? ""}`, text: proposal.state }),
    make("span", { class: "title" }, make("span", { class: "name", text: line(proposal.title) }), make("span", { class: "facts", text: `${proposal.rung}${proposal.pullRequest ? `, pull request ${proposal.pullRequest}` : ""}: ${proposal.reason}` })),
    make("span", { class: "age" }, age(proposal.at)),
  ));
}

const group = (title, items, render) => (items.length === 0 ? [] : [make("section", { class: "group" }, make("h2", {}, title, make("span", { class: "note", text: String(items.length) })), make("ul", { class: "rows" }, ...items.map(render)))]);

export function renderGuardrails(stats) {
  const { guardrails, clusters, proposals, floods, warnings = [] } = stats;
  if (guardrails.length + clusters.length + proposals.length + warnings.length === 0) {
    return [make("section", { class: "empty" },
      make("h1", { text: "Nothing learnt yet" }),
      make("p", { text: "Comments, failed builds and exceptions are kept as signals; a night turns what comes again into guardrails, as pull requests:" }), command("inspan dream"),
      make("p", { class: "quiet", text: "Something to keep right now:" }), command("inspan feedback add \"<what nobody should have to say again>\" --kind lesson"),
    )];
  }
  return [
    make("h1", { text: "What was learnt" }),
    ...group("Guardrails", guardrails, renderGuardrail), ...group("Causes", clusters, renderCause), ...group("Decisions of nights", proposals, renderProposal),
    ...floods.map(({ day, cause, count: times }) => make("p", { class: "quiet", text: `${times} more of ${cause === "*" ? "many causes" : cause} on ${day} were counted, not kept.` })),
    ...warnings.slice(0, warningsMax).map((warning) => make("p", { class: "quiet", text: warning })),
    command("inspan dream"),
  ];
}

// The list of tasks: what needs a person first. Gets rows, gives elements; knows no stream.
import { age, command, count, make, pill } from "./dom.js";

const groups = [["needs-you", "Needs you"], ["running", "Running"], ["ended", "Ended"]];

function renderRow(row) {
  const isStopped = row.place === "needs-you" && !["held", "failed", "done"].includes(row.status);
  const request = row.pullRequest ? `PR ${row.pullRequest.id} ${row.pullRequest.state}` : "";
  return make("li", {}, make("a", { class: `row ${row.place}`, href: `#/task/${encodeURIComponent(row.id)}` },
    make("span", { class: "state" }, pill(row.status, isStopped)),
    make("span", { class: "title" }, make("span", { class: "name", text: row.title }), row.question ? make("span", { class: "question", text: row.question }) : ""),
    make("span", { class: "agent", text: row.agent }),
    make("span", { class: "tokens", text: `${count(row.tokens)} tokens` }),
    make("span", { class: "request", text: request }),
    make("span", { class: "age" }, age(row.createdAt)),
  ));
}

function renderEmpty() {
  return make("section", { class: "empty" },
    make("h1", { text: "No task yet" }),
    make("p", { text: "A task takes a prompt to a merged pull request: plan, proof of the fault, edit, review, checks. Start one in this repository and watch it here:" }),
    command("inspan task run \"<what is wrong or wanted>\""),
    make("p", { class: "quiet", text: "Not sure that this machine has everything? This says what is missing:" }),
    command("inspan doctor"),
  );
}

export function renderList(rows) {
  if (rows.length === 0) return [renderEmpty()];
  const shown = groups.map(([place, title]) => [title, rows.filter((row) => row.place === place)]).filter(([, found]) => found.length > 0);
  return [make("h1", { class: "hidden", text: "Tasks" }), ...shown.map(([title, found]) => make("section", { class: "group" },
    make("h2", {}, title, make("span", { class: "note", text: String(found.length) })),
    make("ul", { class: "rows" }, ...found.map(renderRow)),
  ))];
}

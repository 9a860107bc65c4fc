// A patch as coloured lines. Gets text, gives elements; bounded, so that a huge patch cannot freeze the page.
import { command, make } from "./dom.js";

// More lines than a person reads here; the command shows the rest.
const linesMax = 4000;

function kindOf(line) {
  if (line.startsWith("+")) return "added";
  if (line.startsWith("-")) return "removed";
  if (line.startsWith("@@")) return "hunk";
  return "";
}

function renderFile(lines) {
  const name = /^diff --git a\/.* b\/(.*)$/.exec(lines[0] ?? "")?.[1] ?? lines[0] ?? "";
  const start = lines.findIndex((line) => line.startsWith("@@") || line.startsWith("Binary files"));
  const body = start < 0 ? [] : lines.slice(start);
  const added = body.filter((line) => line.startsWith("+")).length;
  const removed = body.filter((line) => line.startsWith("-")).length;
  return make("details", { class: "file", open: true },
    make("summary", {}, make("span", { class: "path", text: name }), make("span", { class: "plus", text: `+${added}` }), make("span", { class: "minus", text: `−${removed}` })),
    make("pre", { class: "patch", tabindex: "0" }, ...body.map((line) => make("span", { class: `line ${kindOf(line)}`, text: `${line}\n` }))),
  );
}

export function renderDiff(patch, taskId) {
  if (patch.trim() === "") return [make("p", { class: "quiet", text: "Nothing is changed yet." })];
  const lines = patch.replace(/\n$/, "").split("\n");
  const files = [];
  for (const line of lines.slice(0, linesMax)) {
    if (line.startsWith("diff --git ") || files.length === 0) files.push([]);
    files.at(-1).push(line);
  }
  const rest = lines.length > linesMax ? [make("p", { class: "quiet", text: `${lines.length - linesMax} more lines. All of them:` }), command(`inspan task diff ${taskId}`)] : [];
  return [...files.map(renderFile), ...rest];
}

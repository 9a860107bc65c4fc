// The page: the address says what is shown, one stream says what is new. Puts both together and answers keys.
import { make, refreshAges, setNow } from "./dom.js";
import { renderDiff } from "./diff.js";
import { renderGuardrails } from "./guardrails.js";
import { renderList } from "./list.js";
import { renderHead, renderSide } from "./task.js";
import { createTranscript } from "./transcript.js";

const api = "/api/inspan/v1";
const main = document.getElementById("main");
// A patch is read again at most this often while a task works.
const diffMsMin = 2000;

/** #/ is the list, #/task/<id> a task, #/task/<id>/diff its patch, #/guardrails what was learnt. */
function readAddress() {
  const [, kind, id, tab] = location.hash.slice(1).split("/");
  if (kind === "guardrails") return { kind };
  if (kind !== "task" || !id) return { kind: "list" };
  try { return { kind: "task", id: decodeURIComponent(id), tab: tab === "diff" ? "diff" : "transcript" }; } catch { return { kind: "list" }; }
}

function setLinkState(text) {
  const element = document.getElementById("link-state");
  if (element.textContent !== text) element.textContent = text;
}

/** Keeps open folds and the focus over a redraw, as far as the same places exist again. */
function redraw(parent, children) {
  const keyOf = (element) => element.querySelector(":scope > summary .what, :scope > summary")?.textContent ?? "";
  const open = new Set([...parent.querySelectorAll("details[open]")].map(keyOf));
  const focused = parent.contains(document.activeElement) ? document.activeElement.getAttribute("href") ?? document.activeElement.getAttribute("aria-label") ?? "" : undefined;
  parent.replaceChildren(...children);
  for (const element of parent.querySelectorAll("details")) if (open.has(keyOf(element))) element.open = true;
  if (focused) [...parent.querySelectorAll("a, button")].find((element) => (element.getAttribute("href") ?? element.getAttribute("aria-label")) === focused)?.focus();
}

function showList(source) {
  document.title = "Inspan";
  source.addEventListener("tasks", (event) => {
    const { tasks, now } = JSON.parse(event.data);
    setNow(now);
    const waiting = tasks.filter((row) => row.place === "needs-you").length;
    document.title = waiting > 0 ? `(${waiting}) Inspan` : "Inspan";
    redraw(main, renderList(tasks));
  });
}

function renderTabs(id, tab) {
  const base = `#/task/${encodeURIComponent(id)}`;
  return make("nav", { class: "tabs", "aria-label": "Views of this task" }, ...[["transcript", "Transcript", base], ["diff", "Diff", `${base}/diff`]].map(([name, text, href]) => make("a", { href, text, "aria-current": name === tab ? "page" : undefined })));
}

/** An operation's answer, or an error in its own words. */
async function call(operation, input) {
  const response = await fetch(`${api}/${operation}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(input) });
  const answer = await response.json();
  if (answer.error) throw new Error(`${answer.error.message} ${answer.error.remedy ?? ""}`);
  return answer;
}

const readPatch = async (id) => (await call("task/diff", { id })).patch;

async function showGuardrails() {
  document.title = "What was learnt: Inspan";
  main.replaceChildren(make("p", { class: "quiet", text: "Reading the ledger …" }));
  let children;
  try { children = renderGuardrails(await call("feedback/stats", {})); } catch (error) { children = [make("p", { class: "quiet", text: String(error.message ?? error) })]; }
  if (readAddress().kind === "guardrails") main.replaceChildren(...children);
}

/** Shows the patch now and again when the journal has grown, but not more often than a person can read. */
function createDiffView(id) {
  const element = make("div", { class: "diff" }, make("p", { class: "quiet", text: "Reading the patch …" }));
  let shown;
  let timer;
  let isReading = false;
  const read = async () => {
    isReading = true;
    try {
      const patch = await readPatch(id);
      if (patch !== shown) { shown = patch; element.replaceChildren(...renderDiff(patch, id)); }
    } catch (error) { element.replaceChildren(make("p", { class: "quiet", text: String(error.message ?? error) })); }
    isReading = false;
  };
  void read();
  return { element, refresh: () => { if (!isReading && timer === undefined) timer = setTimeout(() => { timer = undefined; if (element.isConnected) void read(); }, diffMsMin); } };
}

function showTask(source, { id, tab }) {
  const head = make("div", { class: "head" });
  const side = make("aside", { class: "side", "aria-label": "State" });
  const transcript = tab === "transcript" ? createTranscript() : undefined;
  const diff = tab === "diff" ? createDiffView(id) : undefined;
  const isMounted = { value: false };
  let waiting = [];
  const flush = () => {
    const records = waiting;
    waiting = [];
    transcript?.append(records);
    if (records.length > 0) diff?.refresh();
  };
  source.addEventListener("task", (event) => {
    const { task, isRunning, tokens, next } = JSON.parse(event.data);
    document.title = `${task.status}: ${task.title}`;
    redraw(head, renderHead(task, isRunning, tokens));
    redraw(side, renderSide(task, isRunning, next));
    if (isMounted.value) return;
    isMounted.value = true;
    main.replaceChildren(head, make("div", { class: `split ${tab}` }, make("div", { class: "story" }, renderTabs(id, tab), transcript?.element ?? diff.element), side));
  });
  source.addEventListener("record", (event) => {
    if (waiting.length === 0) requestAnimationFrame(flush);
    waiting.push(JSON.parse(event.data));
  });
  source.addEventListener("missing", () => {
    main.replaceChildren(make("section", { class: "empty" }, make("h1", { text: "No such task here" }), make("p", { text: `No task of this repository is called "${id}".` }), make("a", { href: "#/", text: "← All tasks" })));
  });
}

let source;
/** One stream a page: a new address closes the old one. EventSource comes back by itself and tells the server the last line it has. */
function show() {
  source?.close();
  const address = readAddress();
  source = new EventSource(address.kind === "task" ? `${api}/live?task=${encodeURIComponent(address.id)}` : `${api}/live`);
  source.addEventListener("open", () => setLinkState("live"));
  source.addEventListener("error", () => setLinkState(source.readyState === EventSource.CLOSED ? "refused: open the address that inspan serve printed" : "reconnecting …"));
  source.addEventListener("repository", (event) => {
    const { path, now } = JSON.parse(event.data);
    setNow(now);
    const where = document.getElementById("where");
    where.textContent = path.split("/").at(-1);
    where.title = path;
  });
  if (address.kind === "task") showTask(source, address);
  else if (address.kind === "guardrails") void showGuardrails();
  else showList(source);
}

function moveFocus(step) {
  const rows = [...document.querySelectorAll("a.row, .entry > summary, .file > summary")];
  const at = rows.indexOf(document.activeElement);
  const next = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

addEventListener("keydown", (event) => {
  if (event.metaKey || event.ctrlKey || event.altKey || event.target.closest?.("input, textarea")) return;
  if (event.key === "j") moveFocus(1);
  else if (event.key === "k") moveFocus(-1);
  else if (event.key === "Escape") location.hash = "#/";
  else if (event.key === "d" && readAddress().kind === "task") location.hash = `#/task/${encodeURIComponent(readAddress().id)}${readAddress().tab === "diff" ? "" : "/diff"}`;
});
addEventListener("hashchange", (event) => {
  if (!location.hash.startsWith("#/") && location.hash !== "") { history.replaceState(null, "", new URL(event.oldURL).hash || "#/"); main.focus(); return; } // the skip link
  const isSameTask = new URL(event.oldURL).hash.split("/")[2] === location.hash.split("/")[2];
  show();
  if (!isSameTask) scrollTo(0, 0);
});
setInterval(refreshAges, 20_000);
show();

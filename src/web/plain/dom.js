// Elements from text, and numbers for people. The only maker of elements: whatever comes in ends as textContent, never as markup.

/** An element with properties, and children that are elements or text. `class`, `text` and data-* or aria-* attributes may be set, no handler and no markup. */
export function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "text") element.textContent = String(value);
    else if (key === "class") element.className = value;
    else if (key === "href") { if (/^(#\/|https?:\/\/)/.test(value)) element.setAttribute("href", value); }
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== ""));
  return element;
}

export function duration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
  return `${Math.floor(ms / 3_600_000)} h ${Math.round((ms % 3_600_000) / 60_000)} min`;
}

export function count(number) {
  if (number < 1000) return String(number);
  return number < 1_000_000 ? `${(number / 1000).toFixed(number < 10_000 ? 1 : 0)}k` : `${(number / 1_000_000).toFixed(1)}M`;
}

// The server's clock counts: a phone's may be off.
let skewMs = 0;
export function setNow(iso) { skewMs = Date.parse(iso) - Date.now(); }

/** A <time> that says how long ago, with the absolute time as its title; refreshAges keeps it true. */
export function age(iso) {
  const element = make("time", { datetime: iso, title: new Date(iso).toLocaleString() });
  element.textContent = ageText(iso);
  return element;
}

function ageText(iso) {
  const seconds = Math.max(0, (Date.now() + skewMs - Date.parse(iso)) / 1000);
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

export function refreshAges() {
  for (const element of document.querySelectorAll("time[datetime]")) element.textContent = ageText(element.getAttribute("datetime"));
}

/** One word for a POSIX shell: untrusted text can never end the quotes, and no control character reaches a terminal. */
export function shellWord(text) {
  return `'${text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").replaceAll("'", "'\\''")}'`;
}

/** A command with a button that copies it. */
export function command(text) {
  const button = make("button", { type: "button", class: "copy", text: "Copy", "aria-label": `Copy: ${text}` });
  button.addEventListener("click", async () => {
    try { await navigator.clipboard.writeText(text); button.textContent = "Copied"; } catch { button.textContent = "Select it"; } // no clipboard on plain http elsewhere
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  return make("div", { class: "command" }, make("code", { text }), button);
}

export function pill(status, isStopped = false) {
  const kind = isStopped ? "stopped" : ["done", "held", "failed", "cancelled"].includes(status) ? status : "working";
  return make("span", { class: `pill ${kind}`, text: isStopped ? `${status}, stopped` : status });
}

export function section(title, note, ...children) {
  return make("section", { class: "card" }, make("h2", {}, title, note ? make("span", { class: "note", text: note }) : ""), ...children);
}

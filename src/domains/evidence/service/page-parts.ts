// Style and script of a bundle's page: constants, so that the page's policy can name the script by its hash. No word of a recording gets in here.

export const pageStyle = `
:root { color-scheme: light dark; --line: light-dark(#d8dbe0, #3a3f47); --soft: light-dark(#f5f6f8, #1d2025); --text: light-dark(#1a1d21, #e6e8eb); --faint: light-dark(#5b636e, #9aa3ad); --bad: light-dark(#b42318, #ff8a7a); --good: light-dark(#137a3f, #63d297); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1440px; padding: 24px; color: var(--text); background: light-dark(#fff, #131519); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 22px; margin: 0 0 4px; } h2 { font-size: 17px; margin: 32px 0 8px; } h3 { font-size: 15px; margin: 0; }
p { margin: 4px 0; } .faint { color: var(--faint); } code, pre { font: 12.5px/1.45 ui-monospace, monospace; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 16px; align-items: start; }
figure { margin: 0; border: 1px solid var(--line); border-radius: 8px; overflow: hidden; background: var(--soft); }
figcaption { padding: 8px 12px; border-bottom: 1px solid var(--line); } figcaption b { margin-right: 8px; }
.before b { color: var(--bad); } .after b { color: var(--good); }
video, img { display: block; width: 100%; height: auto; background: #000; }
pre { margin: 0; padding: 12px; max-height: 480px; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
.scrub { display: flex; gap: 12px; align-items: center; margin: 12px 0; } .scrub input { flex: 1; } button { font: inherit; padding: 4px 14px; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); } td code { overflow-wrap: anywhere; }
`;

/** One scrubber a pair: films by their own length, terminals by their events. */
export const pageScript = `
for (const pair of document.querySelectorAll("[data-pair]")) {
  const range = pair.querySelector("input[type=range]"), button = pair.querySelector("button");
  if (!range) continue;
  const players = [...pair.querySelectorAll("video, pre[data-cast]")].map((element) => {
    if (element.tagName === "VIDEO") return { end: () => element.duration || 0, seek: (seconds) => { if (Number.isFinite(seconds)) element.currentTime = seconds; } };
    const events = JSON.parse(element.dataset.cast), end = events.length ? events[events.length - 1][0] : 0;
    return { end: () => end, seek: (seconds) => { element.textContent = events.filter((event) => event[0] <= seconds).map((event) => event[1]).join("").slice(-20000); element.scrollTop = element.scrollHeight; } };
  });
  const longest = () => Math.max(...players.map((player) => player.end()), 0.001);
  const show = () => { const at = range.value / 1000 * longest(); for (const player of players) player.seek(Math.min(at, Math.max(player.end() - 0.001, 0))); };
  let timer;
  const stop = () => { clearInterval(timer); timer = undefined; button.textContent = "Play both"; };
  range.addEventListener("input", () => { stop(); show(); });
  button.addEventListener("click", () => {
    if (timer !== undefined) { stop(); return; }
    if (Number(range.value) >= 1000) range.value = 0;
    let last = performance.now(); button.textContent = "Pause";
    timer = setInterval(() => { const now = performance.now(); range.value = Number(range.value) + (now - last) / longest(); last = now; show(); if (Number(range.value) >= 1000) stop(); }, 100);
  });
  range.value = 1000;
  for (const video of pair.querySelectorAll("video")) video.addEventListener("loadedmetadata", show, { once: true });
  show();
}
`;

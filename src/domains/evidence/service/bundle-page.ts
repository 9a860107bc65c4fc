// A bundle as one page that needs nothing else: before and after side by side with one scrubber, what each proves, its hash. Pure.
import type { EvidenceBundle, EvidenceItem, ReviewPacket } from "../types/index.ts";
import { lacking } from "./render-list.ts";
import { pageScript, pageStyle } from "./page-parts.ts";
import { parseCast, plainText } from "./terminal.ts";

/** Longer texts are shown by their start; the file holds all. */
const textShownMax = 40_000;

/** A longer recording of a terminal stands still in the page; players of the file show all of it. */
const castCharsMax = 400_000;

/** What a page holds of a file: its text, or its bytes as base64; undefined where it is too large and only linked. */
export type Content = { readonly kind: "text"; readonly text: string } | { readonly kind: "bytes"; readonly base64: string } | undefined;

export interface PageInput {
  readonly bundle: EvidenceBundle;
  /** By file name. */
  readonly contents: ReadonlyMap<string, Content>;
  /** `sha256-…` of `pageScript`, as a policy names it. */
  readonly scriptHash: string;
  /** Stands above the recordings; undefined where nobody decides about them. */
  readonly packet?: ReviewPacket | undefined;
}

export interface Pair { readonly title: string; readonly before: readonly EvidenceItem[]; readonly after: readonly EvidenceItem[] }

/** What was recorded before and after with the same kind, journey and title belongs together; what has no partner stands alone. */
export function pairItems(items: readonly EvidenceItem[]): { readonly pairs: readonly Pair[]; readonly single: readonly EvidenceItem[] } {
  const groups = new Map<string, EvidenceItem[]>();
  for (const item of items) {
    if (item.role === "other") continue;
    const key = JSON.stringify([item.kind, item.journey ?? "", item.title]);
    groups.set(key, [...groups.get(key) ?? [], item]);
  }
  const pairs = [...groups.values()].map((group): Pair => ({
    title: group[0]?.title ?? "",
    before: group.filter(({ role }) => role === "before"),
    after: group.filter(({ role }) => role === "after"),
  }));
  return { pairs, single: items.filter(({ role }) => role === "other") };
}

export function renderBundlePage({ bundle, contents, scriptHash, packet }: PageInput): string {
  const { pairs, single } = pairItems(newestOf(bundle.items));
  const lacks = lacking(bundle);
  const show = (item: EvidenceItem) => renderItem(item, contents.get(item.file));
  const policy = `default-src 'none'; img-src data: 'self'; media-src data: 'self'; style-src 'unsafe-inline'; script-src '${scriptHash}'; base-uri 'none'; form-action 'none'`;
  const commits = [...new Set(bundle.items.flatMap(({ commit, isClean }) => (commit === undefined ? [] : [`${commit.slice(0, 12)}${isClean ? "" : " with changes"}`])))];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<title>Evidence: ${escapeHtml(bundle.task ?? bundle.id)}</title><style>${pageStyle}</style></head><body>
<h1>${packet === undefined ? `Evidence: ${escapeHtml(bundle.task ?? bundle.id)}` : escapeHtml(packet.title)}</h1>
<p class="faint">${escapeHtml(`${bundle.items.length} recorded, ${bundle.missing.length} missing${commits.length === 0 ? "" : `; commits ${commits.join(", ")}`}; begun ${bundle.createdAt}`)}</p>
${packet === undefined ? "" : renderPacket(packet)}
${pairs.map((pair) => renderPair(pair, show)).join("\n")}
${single.length === 0 ? "" : `<h2>More</h2>\n<div class="pair">${single.map(show).join("\n")}</div>`}
${lacks.length === 0 ? "" : `<h2>Missing</h2>\n<ul>${lacks.map(({ what, why, role }) => `<li>No ${escapeHtml(what)}${role === "other" ? "" : ` (${role})`}, because ${escapeHtml(why)}</li>`).join("")}</ul>`}
<h2>Files</h2>
<table><tr><th>File</th><th>Proves</th><th>Commit</th><th>Bytes</th><th>sha256</th></tr>
${bundle.items.map((item) => `<tr><td><a href="${escapeHtml(encodeURIComponent(item.file))}">${escapeHtml(item.file)}</a></td><td>${escapeHtml(item.proves)}</td><td><code>${escapeHtml(item.commit?.slice(0, 12) ?? "none")}${item.isClean ? "" : "+"}</code></td><td>${item.sizeBytes}</td><td><code>${item.sha256}</code></td></tr>`).join("\n")}
</table><script>${pageScript}</script></body></html>
`;
}

/** A recording that was made again takes the place of the older one; the table below names all. */
function newestOf(items: readonly EvidenceItem[]): readonly EvidenceItem[] {
  return [...new Map(items.map((item) => [item.role === "other" ? item.file : JSON.stringify([item.role, item.kind, item.title, item.journey]), item])).values()];
}

function renderPacket({ what, why, proof, risks, review, head }: ReviewPacket): string {
  const list = (lines: readonly string[], none: string) =>
    lines.length === 0 ? `<p class="faint">${none}</p>` : `<ul>${lines.map((line) => `<li>${escapeHtml(line.replace(/^- /, ""))}</li>`).join("")}</ul>`;
  const text = (words: string) => `<p>${escapeHtml(words).replaceAll("\n", "<br>")}</p>`;
  return `<p class="faint"><code>${escapeHtml(head)}</code></p>
<h2>What</h2>${text(what)}<h2>Why</h2>${text(why)}<h2>Proof</h2>${list(proof, "None.")}<h2>Risks</h2>${list(risks, "None that the harness knows.")}<h2>Review</h2>${list(review, "Not reviewed.")}`;
}

function renderPair({ title, before, after }: Pair, show: (item: EvidenceItem) => string): string {
  const isMoving = [...before, ...after].some(({ kind }) => kind === "video" || kind === "terminal");
  const lacks = before.length === 0 ? '<p class="faint">Nothing was recorded before.</p>' : after.length === 0 ? '<p class="faint">Nothing was recorded after.</p>' : "";
  return `<section data-pair><h2>${escapeHtml(title)}</h2>${lacks}
${isMoving ? '<div class="scrub"><button type="button">Play both</button><input type="range" min="0" max="1000" step="any" value="1000" aria-label="Time in both recordings"></div>' : ""}
<div class="pair">${[...before, ...after].map(show).join("\n")}</div></section>`;
}

function renderItem(item: EvidenceItem, content: Content): string {
  const word = item.role === "before" ? "Before" : item.role === "after" ? "After" : "";
  const caption = `<figcaption>${word === "" ? "" : `<b>${word}</b>`}<span>${escapeHtml(item.title)}</span><p class="faint">${escapeHtml(item.proves)}</p></figcaption>`;
  return `<figure class="${item.role}">${caption}${renderContent(item, content)}</figure>`;
}

function renderContent(item: EvidenceItem, content: Content): string {
  const link = escapeHtml(encodeURIComponent(item.file));
  const isPicture = item.mediaType.startsWith("image/");
  if (item.mediaType.startsWith("video/") || isPicture) {
    const source = content?.kind === "bytes" ? `data:${escapeHtml(item.mediaType)};base64,${content.base64}` : link;
    return isPicture ? `<img src="${source}" alt="${escapeHtml(item.title)}">` : `<video src="${source}" muted playsinline controls preload="auto"></video>`;
  }
  // A link of this page alone: the viewer needs a server, which knows it by that place.
  if (item.kind === "trace")
    return `<pre><a href="view/index.html?trace=..%2F${link}">Open in the trace viewer</a> where \`inspan evidence show\` serves this page; the file: <a href="${link}">${escapeHtml(item.file)}</a> (${item.sizeBytes} bytes)</pre>`;
  if (content?.kind !== "text") return `<pre><a href="${link}">${escapeHtml(item.file)}</a> (${item.sizeBytes} bytes)</pre>`;
  const cast = item.kind === "terminal" ? parseCast(content.text) : undefined;
  if (cast !== undefined) {
    const events = JSON.stringify(cast.events.filter(([, code]) => code === "o").map(([seconds, , text]) => [seconds, plainText(text)]));
    const moving = events.length <= castCharsMax ? ` data-cast="${escapeHtml(events)}"` : "";
    return `<pre${moving}>${escapeHtml(plainText(cast.events.map(([, , text]) => text).join("")).slice(-textShownMax))}</pre>`;
  }
  const cut = content.text.length > textShownMax ? `\n… ${content.text.length - textShownMax} more characters in the file` : "";
  return `<pre>${escapeHtml(content.text.slice(0, textShownMax) + cut)}</pre>`;
}

export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}

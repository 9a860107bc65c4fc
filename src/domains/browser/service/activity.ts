// Console and network as lines: alike ones folded, what cost little left short. Pure.
import type { ConsoleLine, NetworkLine } from "../types/activity.ts";

const textCharsMax = 400;
const urlCharsMax = 160;

const clip = (text: string, max: number): string => (text.length <= max ? text : `${text.slice(0, max)}…`);

/** The path within the page's own origin, the whole address otherwise. */
export function shortUrl(url: string, pageUrl: string): string {
  try {
    const [address, page] = [new URL(url), new URL(pageUrl)];
    return clip(address.origin === page.origin ? `${address.pathname}${address.search}` : url, urlCharsMax);
  } catch { return clip(url, urlCharsMax); } // about:blank and the like
}

/** Neighbours that say the same become one with a count. */
export function renderConsole(lines: readonly ConsoleLine[]): readonly string[] {
  const shown: { readonly text: string; count: number }[] = [];
  for (const line of lines) {
    const text = `${line.kind}: ${clip(line.text.replaceAll(/\s+/g, " ").trim(), textCharsMax)}${line.source === "" ? "" : ` (${clip(line.source, 120)})`}`;
    const last = shown.at(-1);
    if (last?.text === text) last.count += 1;
    else shown.push({ text, count: 1 });
  }
  return shown.map(({ text, count }) => (count === 1 ? text : `${text} ×${count}`));
}

function renderSize(bytes: number | undefined): string {
  if (bytes === undefined) return "";
  return bytes < 1024 ? ` ${bytes} B` : ` ${Math.round(bytes / 1024)} kB`;
}

export function renderRequest(line: NetworkLine, pageUrl: string): string {
  const state = line.failure !== undefined ? `failed: ${clip(line.failure, 120)}` : line.status === undefined ? "running" : `${line.status}`;
  return `${line.seq} ${line.method} ${shortUrl(line.url, pageUrl)} ${state}${line.durationMs === undefined ? "" : ` ${Math.round(line.durationMs)} ms`}${renderSize(line.sizeBytes)}`;
}

const assets = new Set(["script", "stylesheet", "image", "font", "media"]);

/** Assets that came are counted; documents, calls and failures are lines. */
export function renderNetwork(lines: readonly NetworkLine[], pageUrl: string, options: { readonly isWhole: boolean }): readonly string[] {
  const isQuiet = (line: NetworkLine): boolean => !options.isWhole && assets.has(line.type) && line.failure === undefined && (line.status ?? 200) < 400;
  const quiet = lines.filter(isQuiet);
  return [
    ...lines.filter((line) => !isQuiet(line)).map((line) => renderRequest(line, pageUrl)),
    ...(quiet.length === 0 ? [] : [`and ${quiet.length} of scripts, styles, images and fonts, all fine`]),
  ];
}


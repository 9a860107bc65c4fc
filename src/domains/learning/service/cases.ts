// Where signals point to: the real cases that a rule's fixtures are made from. Pure.
import type { StoredSignal } from "../../feedback/index.ts";

const placePattern = /(?:^|[\s("'`])((?:[\w@.-]{1,100}\/){0,20}[\w@.-]{1,100}\.[A-Za-z]{1,8}):(\d{1,7})\b/g;
const placesMax = 40;
const snippetLinesMax = 20;
const snippetCharsMax = 1_500;

export interface Place { readonly file: string; readonly line: number; readonly commit: string | undefined; readonly at: string; readonly link: string }

/** Files with lines that signals name, newest first, each once; nothing that leaves the repository. */
export function placesOf(signals: readonly StoredSignal[]): readonly Place[] {
  const found = new Map<string, Place>();
  for (const { link, title, text, commit, at } of [...signals].reverse()) {
    for (const source of [link, title, text]) {
      for (const [, file = "", line = ""] of source.matchAll(placePattern)) {
        if (file.split("/").some((part) => part === ".." || part === ".git") || found.size >= placesMax) continue;
        const key = `${file}:${line}:${commit ?? ""}`;
        if (!found.has(key)) found.set(key, { file, line: Number(line), commit, at, link });
      }
    }
  }
  return [...found.values()];
}

/** These lines (from 1), without what indents them all; "" where there are none. */
export function snippetOf(text: string, from: number, to: number): string {
  const lines = text.split("\n").slice(Math.max(0, from - 1), Math.min(to, from - 1 + snippetLinesMax));
  const filled = lines.filter((line) => line.trim() !== "");
  const indent = filled.reduce((least, line) => Math.min(least, line.length - line.trimStart().length), Number.POSITIVE_INFINITY);
  return lines.map((line) => line.slice(Number.isFinite(indent) ? indent : 0)).join("\n").trim().slice(0, snippetCharsMax);
}

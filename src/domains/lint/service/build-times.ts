// Times of builds: which part of a tree of processes a build waited for, and what its record says. Pure.
import { BuildTime } from "../types/build-times.ts";

/** Older runs say nothing about the present build. */
const runsKeptMax = 200;
const nodesMax = 10;
const nodeCharsMax = 100;

interface ProcessLine { readonly pid: number; readonly parent: number; readonly args: string }

/** `ps -A -o pid=,ppid=,args=`; a line of another form is left out. */
export function parseProcesses(text: string): readonly ProcessLine[] {
  return text.split("\n").flatMap((line): ProcessLine[] => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S.*)$/.exec(line);
    return match === null ? [] : [{ pid: Number(match[1]), parent: Number(match[2]), args: match[3] ?? "" }];
  });
}

/** What a build waits for at this moment: the processes below `root`, itself included, that wait for no other one. Names, sorted by process. */
export function busyBelow(processes: readonly ProcessLine[], root: number): readonly string[] {
  const children = new Map<number, ProcessLine[]>();
  for (const one of processes) children.set(one.parent, [...children.get(one.parent) ?? [], one]);
  const busy: ProcessLine[] = [];
  const seen = new Set<number>();
  const visit = (one: ProcessLine): void => {
    if (seen.has(one.pid)) return;
    seen.add(one.pid);
    const below = (children.get(one.pid) ?? []).filter((child) => !child.args.includes("<defunct>") && !/^\S*\bps -A /.test(child.args));
    if (below.length === 0) busy.push(one); else for (const child of below) visit(child);
  };
  const start = processes.find((one) => one.pid === root);
  if (start !== undefined) visit(start);
  return busy.map((one) => nameOf(one.args));
}

/** The program and its arguments without the folders in front of programs and scripts. */
function nameOf(args: string): string {
  const words = args.split(" ").filter((word) => word !== "").map((word) => (word.startsWith("/") ? word.slice(word.lastIndexOf("/") + 1) : word));
  const [first = "", second = ""] = words;
  const shown = /^(node|bun|deno|python[\d.]*|ruby)$/.test(first) && second !== "" && !second.startsWith("-") ? words.slice(1) : words;
  const name = shown.join(" ");
  return name.length > nodeCharsMax ? `${name.slice(0, nodeCharsMax)}…` : name;
}

/** The longest first. */
export function slowestNodes(secondsByName: ReadonlyMap<string, number>): BuildTime["nodes"] {
  return [...secondsByName]
    .map(([name, seconds]) => ({ name, seconds: Math.round(seconds * 10) / 10 }))
    .filter((one) => one.seconds > 0)
    .sort((left, right) => right.seconds - left.seconds || (left.name < right.name ? -1 : 1))
    .slice(0, nodesMax);
}

/** Runs in the order of the file; lines of another form (cut by a crash) are left out. */
export function parseBuildTimes(text: string): readonly BuildTime[] {
  return text.split("\n").flatMap((line): BuildTime[] => {
    if (line.trim() === "") return [];
    let value: unknown;
    try { value = JSON.parse(line); } catch { return []; }
    const parsed = BuildTime.safeParse(value);
    return parsed.success ? [parsed.data] : [];
  });
}

/** The file with one run more; ends with a newline. */
export function withBuildTime(text: string, run: BuildTime): string {
  return `${[...parseBuildTimes(text), run].slice(-runsKeptMax).map((one) => JSON.stringify(one)).join("\n")}\n`;
}

// Finds what a command left running that still holds the output its caller reads: the caller waits for it although the command has ended.
// Reads /proc only; starts and ends nothing.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { familyOf, findByMarker, startTimeOf } from "./process-table.ts";
import type { HeldOutput } from "../processes.ts";

interface Member { readonly pid: number; readonly parent: number; readonly isUnderInit: boolean; /** What descriptors 0, 1 and 2 lead to. */ readonly streams: readonly string[] }

const readText = (path: string): string => { try { return readFileSync(path, "utf8"); } catch { return ""; } }; // gone meanwhile
const streamAt = (pid: number, fd: string): string => { try { return readlinkSync(`/proc/${pid}/fd/${fd}`); } catch { return ""; } }; // closed, or gone
const parentOf = (status: string): number => Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1] ?? 0);

function memberOf(pid: number): Member {
  const parent = parentOf(readText(`/proc/${pid}/status`));
  // The first process of a namespace of its own inherits what lost its parent there.
  const namespaces = /^NSpid:\s+(.*)$/m.exec(readText(`/proc/${parent}/status`))?.[1]?.split(/\s+/) ?? [];
  return { pid, parent, isUnderInit: namespaces.length > 1 && namespaces.at(-1) === "1", streams: ["0", "1", "2"].map((fd) => streamAt(pid, fd)) };
}

const isShared = (stream: string): boolean => stream.startsWith("pipe:") || stream.startsWith("socket:");

function holdsAnywhere(pid: number, stream: string): boolean {
  try { return readdirSync(`/proc/${pid}/fd`).some((fd) => streamAt(pid, fd) === stream); } catch { return false; } // gone meanwhile
}

/**
 * Processes that lost their parent and write to a pipe or socket which no command that still has its parent writes to: in no order, may be
 * empty. `runId` finds those outside of the client's family, where no namespace keeps them in it. Empty on anything but Linux.
 */
export function findHeldOutputs(client: { readonly pid: number; readonly runId?: string }): readonly HeldOutput[] {
  if (process.platform !== "linux") return [];
  const family = new Set(familyOf(client.pid));
  const marked = client.runId === undefined ? [] : findByMarker(client.runId).map(({ pid }) => pid);
  const members = [...new Set([...family, ...marked])].map(memberOf);
  const ownStreams = new Set(["0", "1", "2"].map((fd) => streamAt(client.pid, fd)).filter(isShared));
  const isOwn = ({ streams }: Member): boolean => streams.some((stream) => ownStreams.has(stream));
  const byPid = new Map(members.map((member) => [member.pid, member]));
  const isLost = (member: Member): boolean => member.pid !== client.pid && !isOwn(member) && (member.isUnderInit || !byPid.has(member.parent));
  /** The topmost that lost its parent, of the member's line; undefined for the client's own. */
  const lostRootOf = (member: Member): Member | undefined => {
    const line: Member[] = [];
    for (let one: Member | undefined = member; one !== undefined && one.pid !== client.pid && line.length < members.length; one = byPid.get(one.parent)) line.push(one);
    return line.findLast(isLost);
  };
  const roots = new Map(members.map((member) => [member.pid, lostRootOf(member)]));
  const kept = members.filter(({ pid }) => roots.get(pid) === undefined);
  const isWaitedFor = (stream: string): boolean => {
    if (!isShared(stream) || ownStreams.has(stream) || kept.some(({ streams }) => streams.slice(1).includes(stream))) return false;
    // Both ends of a pipe have one name, those of a socket do not: of a socket it is taken for granted that the client reads it.
    return stream.startsWith("socket:") || kept.some(({ pid }) => holdsAnywhere(pid, stream));
  };
  const held = new Set([...roots.values()].flatMap((root) => root?.streams.slice(1).filter(isWaitedFor) ?? []));
  return members.filter(({ pid, streams }) => roots.get(pid) !== undefined && streams.slice(1).some((stream) => held.has(stream))).flatMap(({ pid }) => {
    const startTime = startTimeOf(pid);
    return startTime === undefined ? [] : [{ pid, startTime, command: readText(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim() }];
  });
}

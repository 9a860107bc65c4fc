// Keeps what a probe found as long as the machine runs: the probe starts several programs, which every command would wait for again.
import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SandboxKind } from "../../sandbox.ts";

export interface Detected { readonly kind: SandboxKind; readonly reason: string }

interface Place { readonly statePath?: string; readonly env: Readonly<Record<string, string | undefined>> }

/** What the answer depends on: this boot, this user, this Node, what was forced, and the programs themselves. */
function fingerprintOf({ env }: Place): string {
  const changedAt = ["/usr/bin/bwrap", "/usr/bin/unshare", "/bin/unshare", "/usr/bin/nsenter"].map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  const bootId = (() => { try { return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(); } catch { return ""; } })(); // no Linux
  return JSON.stringify([bootId, process.getuid?.() ?? 0, process.execPath, env["INSPAN_SANDBOX"] ?? "", env["PATH"] ?? "", env["TMPDIR"] ?? "", ...changedAt]);
}

/** The answer of `detect`, or of an earlier process of this boot. Only a sandbox that works is remembered: what is missing may be installed. */
export async function detectOnce(place: Place, detect: () => Promise<Detected>): Promise<Detected> {
  if (place.statePath === undefined) return detect();
  const path = join(place.statePath, "sandbox.json");
  const fingerprint = fingerprintOf(place);
  try {
    const found = JSON.parse(readFileSync(path, "utf8")) as { readonly fingerprint?: unknown; readonly kind?: unknown }; // checked here
    if (found.fingerprint === fingerprint && (found.kind === "bubblewrap" || found.kind === "unshare"))
      return { kind: found.kind, reason: "a probe passed since the machine was started" };
  } catch { /* none yet */ }
  const detected = await detect();
  if (detected.kind !== "none") {
    try {
      const temporary = `${path}.${process.pid}`;
      writeFileSync(temporary, JSON.stringify({ fingerprint, kind: detected.kind }), { mode: 0o600 });
      renameSync(temporary, path);
    } catch { /* no state folder yet, or not writable: the next process probes again */ }
  }
  return detected;
}

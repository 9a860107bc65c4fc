// Ids of findings: the same edge has the same id wherever its line moves. Pure; no crypto module here.
import type { Finding, FindingDraft } from "../types/finding.ts";

/** FNV-1a, 64 bit (Fowler, Noll, Vo), as 16 hexadecimal digits. Not for secrets. */
export function hashText(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, "0");
}

/** `id` is a hash of rule, from and to (CONTRACTS). */
export function identify(draft: FindingDraft, isBaselined = false): Finding {
  return {
    id: hashText(`${draft.rule}\0${draft.file}\0${draft.to}`),
    rule: draft.rule, severity: draft.severity, file: draft.file, line: draft.line, column: draft.column, endLine: draft.endLine,
    found: draft.found, expected: draft.expected, fix: draft.fix, reference: draft.reference ?? `inspan explain ${draft.rule}`, baselined: isBaselined,
  };
}

// Ids of findings: the same edge has the same id wherever its line moves. Pure; no crypto module here.
import type { Finding, FindingDraft } from "../types/finding.ts";

/** FNV-1a, 64 bit (Fowler, Noll, Vo), as 16 hexadecimal digits. Not for secrets. */
export function hashText(text: string): string {
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  for (const byte of new TextEncoder().encode(text)) {
    low = (low ^ byte) >>> 0;
    // The prime is 2^40 + 0x1b3: in halves of 32 bits every product stays an exact number, and BigInt is twenty times slower.
    const product = low * 0x1b3;
    high = (high * 0x1b3 + Math.floor(product / 0x1_0000_0000) + ((low << 8) >>> 0)) % 0x1_0000_0000;
    low = product >>> 0;
  }
  return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
}

/** `id` is a hash of rule, from and to (CONTRACTS). */
export function identify(draft: FindingDraft, isBaselined = false): Finding {
  return {
    id: hashText(`${draft.rule}\0${draft.file}\0${draft.to}`),
    rule: draft.rule, severity: draft.severity, file: draft.file, line: draft.line, column: draft.column, endLine: draft.endLine,
    found: draft.found, expected: draft.expected, fix: draft.fix, reference: draft.reference ?? `inspan explain ${draft.rule}`, baselined: isBaselined,
  };
}

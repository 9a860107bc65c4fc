// Ids of findings: the same edge has the same id wherever its line moves. Pure; no crypto module here.
import { fingerprint } from "../../../base/hash.ts";
import type { Finding, FindingDraft } from "../types/finding.ts";

/** `id` is a hash of rule, from and to (CONTRACTS). */
export function identify(draft: FindingDraft, isBaselined = false): Finding {
  return {
    id: fingerprint(`${draft.rule}\0${draft.file}\0${draft.to}`),
    rule: draft.rule, severity: draft.severity, file: draft.file, line: draft.line, column: draft.column, endLine: draft.endLine,
    found: draft.found, expected: draft.expected, fix: draft.fix, reference: draft.reference ?? `inspan explain ${draft.rule}`, baselined: isBaselined,
  };
}

// Door of evidence: its nouns and what is decided about them, without a disk.
export { evidenceKinds, evidenceRoles } from "./types/index.ts";
export type { EvidenceBundle, EvidenceItem, EvidenceKind, EvidenceRole, Frame, MissingEvidence, Recording, ReviewPacket, Video, VideoResult } from "./types/index.ts";
export type { CastEvent, LineCollector } from "./service/terminal.ts";
export { planFilm } from "./service/film.ts";
export { lacking, renderEvidence } from "./service/render-list.ts";
export { collectLines, plainText, renderCast } from "./service/terminal.ts";

// Nouns of evidence: what was recorded, what it proves, and where it lies. Knows no browser and no task.

/** `video` is a film, `aria` is a page's accessible structure as text. */
export const evidenceKinds = ["video", "screenshot", "trace", "terminal", "http", "log", "spans", "aria", "text"] as const;
export type EvidenceKind = (typeof evidenceKinds)[number];

/** Whether it shows the world before a change, after it, or neither. */
export const evidenceRoles = ["before", "after", "other"] as const;
export type EvidenceRole = (typeof evidenceRoles)[number];

export interface EvidenceItem {
  /** Name of the file in the bundle's folder: no folder part. */
  readonly file: string;
  readonly kind: EvidenceKind;
  readonly role: EvidenceRole;
  readonly mediaType: string;
  /** One line each. */
  readonly title: string;
  readonly proves: string;
  readonly sizeBytes: number;
  /** Of the file as it lies there, 64 hexadecimal digits. */
  readonly sha256: string;
  /** The commit that was checked out when it was recorded; `isClean` false where the worktree held other changes. */
  readonly commit: string | undefined;
  readonly isClean: boolean;
  /** Id of the journey that was played. */
  readonly journey: string | undefined;
  /** ISO 8601. */
  readonly recordedAt: string;
  readonly durationMs: number | undefined;
}

/** What was asked for and could not be recorded. */
export interface MissingEvidence { readonly what: string; readonly why: string; readonly role: EvidenceRole; readonly recordedAt: string }

/** The manifest of a bundle: bundle.json in its folder. */
export interface EvidenceBundle {
  readonly version: 1;
  /** Safe as a file name. */
  readonly id: string;
  /** Absolute: the worktree that it was recorded in. */
  readonly worktree: string;
  readonly task: string | undefined;
  readonly createdAt: string;
  /** Oldest first. */
  readonly items: readonly EvidenceItem[];
  readonly missing: readonly MissingEvidence[];
}

/** What a person who decides about a change reads above its recordings: one page. */
export interface ReviewPacket {
  readonly version: 1;
  readonly title: string;
  readonly what: string;
  readonly why: string;
  /** One line each; may be empty. */
  readonly proof: readonly string[];
  readonly risks: readonly string[];
  readonly review: readonly string[];
  /** Commit and branch. */
  readonly head: string;
}

/** One picture of a recording: its JPEG in the recording's folder, and when it was seen. */
export interface Frame { readonly atMs: number; readonly file: string }

/** A recording of a screen. Frames come only when pixels change. */
export interface Recording {
  /** Milliseconds since 1970; 0 where nobody told. */
  readonly startedAtMs: number;
  readonly width: number;
  readonly height: number;
  /** Absolute. */
  readonly folder: string;
  /** From the start of the recording. */
  readonly frames: readonly Frame[];
  readonly endMs: number;
}

export interface Video {
  readonly bytes: Uint8Array;
  readonly mediaType: "video/mp4" | "video/webm";
  readonly codec: string;
  readonly durationMs: number;
  readonly by: "browser" | "ffmpeg";
}
export type VideoResult = { readonly kind: "video"; readonly video: Video } | { readonly kind: "none"; readonly why: string };

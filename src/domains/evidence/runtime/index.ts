// Door of evidence's runtime. The encoder and its library load when a film is made.
import type { Providers } from "../../../providers/index.ts";
import type { Recording, VideoResult } from "../types/index.ts";
import type { EncodeOptions } from "./encode-video.ts";

export {
  addFile,
  currentBundleId,
  evidenceFolder,
  listEvidence,
  openBundle,
  readEvidence,
  readEvidenceFile,
  recordEvidence,
  recordMissing,
  writeBundlePage,
  writeReviewPacket,
} from "./bundle.ts";
export type { BundleChoice, EvidencePorts, OpenBundle, Recorded, WrittenBundle } from "./bundle.ts";
export type { EncodeOptions, EncoderPage } from "./encode-video.ts";
export { readRecording } from "../repo/recording.ts";

/** Never rejects but for cancellation: without a film the result says why. */
export async function encodeVideo(providers: Providers, recording: Recording, options: EncodeOptions): Promise<VideoResult> {
  return (await import("./encode-video.ts")).encodeVideo(providers, recording, options);
}

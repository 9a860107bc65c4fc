// Door of the model domain for later domains' runtime: the relay that stands between an agent and its model, and its records.
import type { Providers } from "../../../providers/index.ts";
import type { Replay } from "../repo/replay.ts";
export { createModelRelay } from "./model-relay.ts";
export type { ModelRelay, ModelRelayOptions } from "./model-relay.ts";
export { openTranscript } from "../repo/transcript.ts";
export type { Transcript } from "../repo/transcript.ts";
export type { Exchange, Replay } from "../repo/replay.ts";

/** Loaded late: few sessions answer from a record, and the thread of the relay needs no schema. */
export const openReplay = async (files: Providers["files"], path: string): Promise<Replay> => (await import("../repo/replay.ts")).openReplay(files, path);

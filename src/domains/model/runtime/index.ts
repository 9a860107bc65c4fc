// Door of the model domain for later domains' runtime: the relay that stands between an agent and its model, and its records.
export { createModelRelay } from "./model-relay.ts";
export type { ModelRelay, ModelRelayOptions } from "./model-relay.ts";
export { openReplay, openTranscript } from "../repo/transcript.ts";
export type { Replay, Transcript } from "../repo/transcript.ts";

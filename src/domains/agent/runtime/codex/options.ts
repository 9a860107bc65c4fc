// What the Codex driver is made with. Knows no session.
import type { Price } from "../../../model/index.ts";
import type { Providers, Secret } from "../../../../providers/index.ts";

export interface CodexDriverOptions {
  readonly providers: Providers;
  /** The codex program; looked up on PATH where undefined. */
  readonly path: string | undefined;
  readonly model: string | undefined;
  readonly effort: string | undefined;
  readonly price: Price | undefined;
  /** `own-home`: a model at `baseUrl` with `apiKey`. `user`: the login of the user's own Codex home, and nothing else of it. */
  readonly login: "own-home" | "user";
  /** Base of a Responses endpoint with its version, for `own-home`. */
  readonly baseUrl: string | undefined;
  /** Stays in our process: Codex reaches the model through us. */
  readonly apiKey: Secret | undefined;
  /** The variable that held it, for messages; OPENAI_API_KEY where undefined. */
  readonly keyVariable?: string | undefined;
  /** The user's own Codex home, absolute; read only for its login. */
  readonly userHomePath: string;
  /** `sandbox`: loopback only. `host`: the machine's network; counts only together with `isUnsandboxedAllowed` of the session. */
  readonly network: "sandbox" | "host";
  /** Hosts that the user's login reaches through our CONNECT proxy; the default list where undefined. */
  readonly allowedHosts: readonly string[] | undefined;
  /** Keeps what goes over the wire in the session's folder, secrets removed. */
  readonly isRecorded?: boolean;
  /** Absolute path of a recorded session that answers instead of a model. */
  readonly replayPath?: string | undefined;
}

export const openaiBaseUrl = "https://api.openai.com/v1";

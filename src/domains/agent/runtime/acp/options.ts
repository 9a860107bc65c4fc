// What a driver of the Agent Client Protocol is made with. Knows no session.
import type { Price } from "../../../model/index.ts";
import type { Providers, Secret } from "../../../../providers/index.ts";
import type { AcpClient } from "../../service/acp/profiles.ts";

export interface AcpDriverOptions {
  readonly providers: Providers;
  readonly client: AcpClient;
  /** The program; looked up on PATH where undefined. */
  readonly path: string | undefined;
  readonly model: string | undefined;
  readonly price: Price | undefined;
  /** For the client's side requests; the model itself where undefined. */
  readonly smallModel?: { readonly name: string; readonly price?: Price | undefined } | undefined;
  /** `own-home`: a model at `baseUrl` with `apiKey`. `user`: the login of the user's own home, and nothing else of it. */
  readonly login: "own-home" | "user";
  /** With its version in the path; the provider's own where undefined. */
  readonly baseUrl: string | undefined;
  /** Stays in our process: the client reaches the model through us. */
  readonly apiKey: Secret | undefined;
  /** The variable that held it, for messages; the profile's own where undefined. */
  readonly keyVariable?: string | undefined;
  /** The user's own home, absolute; read only for its login. */
  readonly userHomePath: string;
  /** Hosts that the user's login reaches through our CONNECT proxy; the client's own list where undefined. */
  readonly allowedHosts: readonly string[] | undefined;
  readonly isRecorded: boolean;
  readonly replayPath: string | undefined;
}

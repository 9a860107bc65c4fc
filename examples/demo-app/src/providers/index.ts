// The one way to what every domain needs and none owns.

export { type Auth, createAuth, type Credentials, readOrCreateToken } from "./auth.ts";
export { type Clock, systemClock } from "./clock.ts";
export { type Database, inTransaction, openDatabase } from "./database.ts";
export { type Flags, readFlags } from "./flags.ts";
export { type HttpReply, type HttpRequest, replyError, replyJson, type Route } from "./http.ts";
export { startTelemetry, type Telemetry, type TelemetryOptions } from "./telemetry/index.ts";

// Who may change something: the bearer of the desk's token, or a browser that opened the desk's page.

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "./clock.ts";

export type Credentials = { readonly authorization: string | undefined; readonly cookie: string | undefined };

export type Auth = {
  readonly isAllowed: (credentials: Credentials) => boolean;
  /** The `set-cookie` value that makes the page a session. */
  readonly startSession: () => string;
};

/** A working day; a page left open longer reloads to go on. */
const sessionMaxAgeMs = 12 * 60 * 60 * 1000;
const cookieName = "desk_session";

/** Builds the check. `token` is never logged or sent; sessions are signed with it and need no storage. */
export function createAuth(token: string, clock: Clock): Auth {
  const sign = (issuedAtMs: string): string => createHmac("sha256", token).update(issuedAtMs).digest("base64url");
  const isSession = (value: string): boolean => {
    const [issuedAtMs = "", signature = ""] = value.split(".");
    return isSame(signature, sign(issuedAtMs)) && clock.nowMs() - Number(issuedAtMs) < sessionMaxAgeMs;
  };
  return {
    isAllowed: ({ authorization = "", cookie = "" }) => {
      if (isSame(authorization, `Bearer ${token}`)) return true;
      const pair = cookie.split(";").map((part) => part.trim()).find((part) => part.startsWith(`${cookieName}=`));
      return pair !== undefined && isSession(pair.slice(cookieName.length + 1));
    },
    startSession: () => {
      const issuedAtMs = String(clock.nowMs());
      return `${cookieName}=${issuedAtMs}.${sign(issuedAtMs)}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${sessionMaxAgeMs / 1000}`;
    },
  };
}

/** Reads the token at `<dataDir>/desk-token`, or makes one there, readable by the owner alone. */
export function readOrCreateToken(dataDir: string): string {
  const path = join(dataDir, "desk-token");
  if (existsSync(path)) return readFileSync(path, "utf8").trim();
  mkdirSync(dataDir, { recursive: true });
  const token = randomBytes(24).toString("base64url");
  writeFileSync(path, `${token}\n`, { mode: 0o600 });
  return token;
}

function isSame(left: string, right: string): boolean {
  const a = Buffer.from(left);
  const b = Buffer.from(right);
  return a.length === b.length && timingSafeEqual(a, b);
}

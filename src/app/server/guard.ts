// Who may speak to the server: Host (DNS rebinding), Origin and Sec-Fetch-Site (cross-site), token. Pure judgement; knows no operation.
import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";

/** How the server stands in the world. */
export interface Door {
  /** What it was told to bind to. */
  readonly host: string;
  readonly token: string;
}

/** The parts of a request that are judged. */
export interface Caller {
  readonly method: string;
  readonly path: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  readonly fetchMode: string | undefined;
  readonly authorization: string | undefined;
  readonly cookie: string | undefined;
}

export interface Refusal { readonly status: 401 | 403; readonly code: string; readonly message: string; readonly remedy: string }

/** Name of the cookie that holds the token; cookies are shared by all ports of a host, so the name has to tell servers apart. */
export function cookieName(port: number | string): string {
  return `inspan_${port}`;
}

export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  return bare === "localhost" || bare === "::1" || (isIP(bare) === 4 && bare.startsWith("127."));
}

/** Name and port of a Host header, lower case; undefined where it is not one. */
function parseHost(header: string | undefined): { readonly name: string; readonly port: string } | undefined {
  const match = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9.-]{1,253})(?::(\d{1,5}))?$/i.exec(header ?? "");
  return match?.[1] ? { name: match[1].replace(/^\[|\]$/g, "").toLowerCase(), port: match[2] ?? "80" } : undefined;
}

/** A rebound name is a name: addresses and localhost cannot be rebound, any other name only counts where the server was told it. */
function isKnownHost(name: string, door: Door): boolean {
  if (isLoopback(name) || name === door.host.toLowerCase()) return true;
  return !isLoopback(door.host) && isIP(name) !== 0;
}

function isSameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

export function isToken(text: string, door: Door): boolean {
  return isSameText(text, door.token);
}

/** True where the caller shows the token, in an Authorization header or in the cookie of this port. */
export function hasToken(caller: Pick<Caller, "authorization" | "cookie" | "host">, door: Door): boolean {
  const bearer = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(caller.authorization ?? "")?.[1];
  if (bearer !== undefined) return isToken(bearer, door);
  const name = cookieName(parseHost(caller.host)?.port ?? "");
  const value = (caller.cookie ?? "").split(";").map((part) => part.trim()).find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1);
  return value !== undefined && isToken(value, door);
}

const loginRemedy = "open the address that `inspan serve` printed (with ?token=…), or send Authorization: Bearer <token>";

/** Why this request is turned away before anything is read of it, or undefined where it may go on. */
export function judgeCaller(caller: Caller, door: Door): Refusal | undefined {
  const host = parseHost(caller.host);
  if (!host || !isKnownHost(host.name, door)) {
    return {
      status: 403,
      code: "HOST_REFUSED",
      message: `Cannot answer for the host "${caller.host ?? ""}": this server is not known by that name.`,
      remedy: "use the address that `inspan serve` printed",
    };
  }
  if (caller.origin !== undefined && caller.origin.toLowerCase() !== `http://${(caller.host ?? "").toLowerCase()}`) {
    return {
      status: 403,
      code: "ORIGIN_REFUSED",
      message: `Cannot answer a page of "${caller.origin}": only this server's own page may call it.`,
      remedy: "use the address that `inspan serve` printed",
    };
  }
  const isOwnSite = caller.fetchSite === undefined || caller.fetchSite === "same-origin" || caller.fetchSite === "none";
  const isLink = caller.method === "GET" && caller.path === "/" && caller.fetchMode === "navigate";
  if (!isOwnSite && !isLink) {
    return { status: 403, code: "ORIGIN_REFUSED", message: "Cannot answer a request that another site's page has made.", remedy: "use the address that `inspan serve` printed" };
  }
  return undefined;
}

/** Why a call is turned away for want of the token: writes always need it, everything does where others can reach the server. */
export function judgeToken(caller: Caller, door: Door, isWrite: boolean): Refusal | undefined {
  if ((!isWrite && isLoopback(door.host)) || hasToken(caller, door)) return undefined;
  return { status: 401, code: "TOKEN_NEEDED", message: `Cannot ${isWrite ? "change anything" : "read"} here: the request carries no valid token.`, remedy: loginRemedy };
}

// Which origins a page of a worktree may reach. Pure; the gate asks for every request.

/** Loopback by any of its names, as one: an instance that answers at 127.0.0.1 is also meant by localhost. */
const loopbackNames = new Set(["127.0.0.1", "localhost", "[::1]"]);

export function isLoopback(hostname: string): boolean {
  return loopbackNames.has(hostname) || hostname.endsWith(".localhost");
}

/** A port, or an address of one, on this machine's loopback, as `http://127.0.0.1:9222`; undefined for anything else. */
export function loopbackPort(given: string): string | undefined {
  const [, host = "127.0.0.1", digits = ""] = /^(?:(?:http|ws):\/\/(127\.0\.0\.1|localhost|\[::1\]):)?(\d{1,5})\/?$/.exec(given) ?? [];
  const port = Number(digits);
  return port < 1 || port > 65_535 ? undefined : `http://${host === "localhost" ? "127.0.0.1" : host}:${port}`;
}

function portOf(url: URL): string {
  if (url.port !== "") return url.port;
  return url.protocol === "https:" || url.protocol === "wss:" ? "443" : "80";
}

function matches(pattern: string, url: URL): boolean {
  const wild = /^(https?):\/\/\*\.(.+)$/.exec(pattern);
  let allowed: URL;
  try { allowed = new URL(wild === null ? pattern : `${wild[1]}://${wild[2]}`); } catch { return false; } // no origin: allows nothing
  const isSecure = (one: URL): boolean => one.protocol === "https:" || one.protocol === "wss:";
  if (isSecure(allowed) !== isSecure(url) || portOf(allowed) !== portOf(url)) return false;
  if (wild !== null) return url.hostname.endsWith(`.${allowed.hostname}`);
  return allowed.hostname === url.hostname || (isLoopback(allowed.hostname) && isLoopback(url.hostname));
}

/** `origins` are http or https; a socket (ws, wss) belongs to the origin of the same host and port. */
export function isAllowed(origins: readonly string[], url: URL): boolean {
  return origins.some((origin) => matches(origin, url));
}

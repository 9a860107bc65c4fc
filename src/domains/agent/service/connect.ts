// Which hosts a session may reach through the driver's CONNECT proxy. Pure: opens nothing.

// What the user's own Codex login needs; configuration may name others. A leading dot takes all names
// below; without a port, 443 is meant.
export const defaultAllowedHosts = ["chatgpt.com", ".chatgpt.com", "auth.openai.com", "api.openai.com"] as const;

export type ConnectDecision = { readonly kind: "allowed"; readonly host: string; readonly port: number } | { readonly kind: "refused"; readonly reason: string };

/** Decides on the target of a CONNECT request, "host:port". Only a named host passes, never an address. */
export function decideConnect(target: string, allowedHosts: readonly string[]): ConnectDecision {
  const parts = /^([a-z0-9.-]{1,253}):(\d{1,5})$/i.exec(target);
  const host = parts?.[1]?.toLowerCase().replace(/\.$/, "");
  const port = Number(parts?.[2]);
  if (host === undefined || /^[\d.]+$/.test(host)) return { kind: "refused", reason: "not a host name with a port" };
  const isAllowed = allowedHosts.some((entry) => {
    const [allowed = "", allowedPort = "443"] = entry.toLowerCase().split(":");
    return Number(allowedPort) === port && (allowed.startsWith(".") ? host.endsWith(allowed) : host === allowed);
  });
  return isAllowed ? { kind: "allowed", host, port } : { kind: "refused", reason: `${host}:${port} is not on the list` };
}

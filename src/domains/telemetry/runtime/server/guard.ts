// Who may speak to the engine: it has no token, so only callers that know it by a loopback name, and pages of loopback origins.

const loopbackName = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/** The sentence of the refusal (403), or undefined where the request may go on. A foreign Host is DNS rebinding, a foreign Origin a page elsewhere. */
export function judgeHost(host: string | undefined, origin: string | undefined): string | undefined {
  if (host === undefined || !loopbackName.test(host))
    return `Cannot answer for the host "${(host ?? "").slice(0, 100)}": expected localhost or 127.0.0.1, as the engine printed it.`;
  if (origin !== undefined && origin !== "" && !isLoopbackOrigin(origin)) return `Cannot answer a page of "${origin.slice(0, 100)}": expected a page of this machine.`;
  return undefined;
}

/** An application under test may send its browser's spans here: pages of this machine are let in. */
export function isLoopbackOrigin(origin: string): boolean {
  const match = /^https?:\/\/(.+)$/i.exec(origin);
  return match?.[1] !== undefined && loopbackName.test(match[1]);
}

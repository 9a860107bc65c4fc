// GitLab carries out a line that begins with a slash ("/merge", "/close") as an order of whoever wrote it: what an agent or a log says must never be one. Pure.

/** The same text to a reader; no line of it is an order. Idempotent. */
export function withoutQuickActions(text: string): string {
  return text.replaceAll(/^(?=\/[a-z])/gim, " ");
}

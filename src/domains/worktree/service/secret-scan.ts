// Finds keys and tokens in text that is about to be committed: shapes that nothing else has. What may be anything else is left to reviewers. Pure.

export interface FoundSecret { readonly kind: string; readonly line: number; /** The text itself; never to be shown. */ readonly match: string }

/** Each has a mark of its provider and the length of the real thing; all in linear time. */
const shapes: readonly (readonly [kind: string, shape: RegExp])[] = [
  ["a private key", /-----BEGIN (?:[A-Z]{1,12} ){0,3}PRIVATE KEY-----\s{0,4}[A-Za-z0-9+/=]{40}/g],
  ["a key of AWS", /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g],
  ["a token of GitHub", /\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})\b/g],
  ["a token of GitLab", /\bglpat-[A-Za-z0-9_-]{20,64}\b/g],
  ["a token of Slack", /\bxox[abprs]-[A-Za-z0-9]{8,16}-[A-Za-z0-9-]{16,128}/g],
  ["a token of npm", /\bnpm_[A-Za-z0-9]{36}\b/g],
  ["a key of Anthropic", /\bsk-ant-[A-Za-z0-9]{2,12}-[A-Za-z0-9_-]{40,200}/g],
  ["a key of OpenAI", /\bsk-(?:proj-|svcacct-)?[A-Za-z0-9_-]{40,200}/g],
  ["a key of Google", /\bAIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/g],
  ["a live key of Stripe", /\b[sr]k_live_[A-Za-z0-9]{24,128}\b/g],
];
const foundMax = 20; // of one file; a person reads the first of them

/** What says of itself that it opens nothing, and words joined by hyphens, which no provider draws. */
const isExample = (match: string): boolean =>
  !/[A-Z]/.test(match) || (!/\d/.test(match) && match.startsWith("sk-")) || /example|test|fake|dummy|sample|planted|placeholder|(.)\1{7}/i.test(match);

/** In the order of lines, each once; those that stand in `before` too were there already. */
export function scanForSecrets(text: string, before: string): readonly FoundSecret[] {
  const found = new Map<string, FoundSecret>();
  for (const [kind, shape] of shapes) {
    for (const { 0: match, index } of text.matchAll(shape)) {
      if (found.size >= foundMax) break;
      if (found.has(match) || isExample(match) || before.includes(match)) continue;
      found.set(match, { kind, match, line: text.slice(0, index).split("\n").length });
    }
  }
  return [...found.values()].sort((a, b) => a.line - b.line);
}

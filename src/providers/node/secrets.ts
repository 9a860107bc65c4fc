// Real secrets: read from the environment once, and kept out of everything that is stored or shown.
import { Secret, type Secrets } from "../secrets.ts";

// Shapes that are keys wherever they stand. Each keeps what tells a reader which kind it was.
const shapes: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]{0,8192}?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, "[private key removed]"],
  [/\b(sk|pk|rk)-(?:ant-|proj-)?[A-Za-z0-9_-]{16,200}/g, "$1-***"],
  [/\b(gh[pousr]_|github_pat_|glpat-|xox[abprs]-|lin_api_|npm_|hf_)[A-Za-z0-9_-]{10,255}/g, "$1***"],
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/g, "$1***"],
  [/\beyJ[A-Za-z0-9_-]{8,2048}\.[A-Za-z0-9_-]{8,4096}\.[A-Za-z0-9_-]{8,1024}/g, "[token removed]"],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{12,4096}/gi, "$1 ***"],
  [/([a-z][a-z0-9+.-]{1,15}:\/\/[^\s:/@]{0,128}):[^\s:/@]{1,256}@/gi, "$1:***@"],
  [/(\b[A-Z0-9_]{0,64}(?:SECRET|TOKEN|PASSWORD|PASSWD|API_?KEY|PRIVATE_KEY|CREDENTIALS?)[A-Z0-9_]{0,32}\s{0,3}[=:]\s{0,3}["']?)(?!\*\*\*|\[)[^\s"',;&}]{6,4096}/g, "$1***"],
  [/(["'][\w.-]{0,64}(?:secret|token|password|passwd|api[_-]?key|private[_-]?key)["']\s{0,3}:\s{0,3}["'])(?!\*\*\*|\[)[^"']{6,4096}/gi, "$1***"],
];

// A registered value shorter than this would blank out ordinary words.
const registeredCharsMin = 6;

export function createNodeSecrets(env: Readonly<Record<string, string | undefined>>): Secrets {
  const registered = new Set<string>();
  for (const [name, value] of Object.entries(env)) {
    if (value && value.length >= registeredCharsMin && /(SECRET|TOKEN|PASSWORD|API_?KEY|PRIVATE_?KEY)/i.test(name)) registered.add(value);
  }
  return {
    fromEnvironment(name) {
      const value = env[name];
      if (!value) return undefined;
      if (value.length >= registeredCharsMin) registered.add(value);
      return new Secret(value);
    },
    redact(text) {
      let clean = text;
      for (const value of registered) clean = clean.replaceAll(value, "***");
      for (const [shape, replacement] of shapes) clean = clean.replace(shape, replacement);
      return clean;
    },
  };
}

// From a text to the words that say what it is about: names of things that differ from case to case are taken out. Pure.

/** Of one signal; what follows is a log. */
const charsMax = 4_000;
const termsMax = 200;

const stopWords = new Set(("a an and are as at be been but by can cannot could did do does for from had has have he her his how i if in into is it its just me more my no nor not of on or our out please " +
  "she should so some than that the their them then there these they this those to too up us use used using was we were what when where which while who why will with would you your again also always any because before being both " +
  "each few here most must need never now only other over own same such under until very via instead make made let get got like want one two new file files line code change changed add added error failed fails fail").split(" "));

/** Without what differs between two cases of one cause: addresses, paths' folders, ids, numbers, quoted values. */
export function normalise(text: string): string {
  return text.slice(0, charsMax)
    .replaceAll(/https?:\/\/\S+/g, " ").replaceAll(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, " ").replaceAll(/\b0x[0-9a-f]+\b/gi, " ").replaceAll(/\b[0-9a-f]{7,64}\b/g, " ")
    .replaceAll(/\b\d[\d.,:_-]*\s*(?:ms|s|kb|mb|%)?\b/gi, " ");
}

/** Word stems, each once, in order of first appearance; `camelCase` and `snake_case` are one word and its parts. */
export function termsOf(text: string): readonly string[] {
  const found = new Set<string>();
  for (const [word] of normalise(text).matchAll(/[\p{L}][\p{L}\p{N}_]*/gu)) {
    const parts = word.includes("_") || /\p{Ll}\p{Lu}/u.test(word) ? [word, ...word.split(/_|(?<=\p{Ll})(?=\p{Lu})/u)] : [word];
    for (const part of parts) {
      const stem = stemOf(part.toLowerCase());
      if (stem.length > 2 && !stopWords.has(stem) && !stopWords.has(part.toLowerCase())) found.add(stem);
    }
    if (found.size >= termsMax) break;
  }
  return [...found];
}

/** Enough of English that "logging", "logs" and "logged" meet; Porter's whole algorithm gains nothing on texts of twenty words. */
function stemOf(word: string): string {
  let stem =
    word.length > 3
      ? word
          .replace(/(?:'s|ies)$/, (end) => (end === "ies" ? "y" : ""))
          .replace(/(?:sses|shes|ches|xes|zes)$/, (end) => end.slice(0, -2))
          .replace(/([^su])s$/, "$1")
      : word;
  if (stem.length > 5) stem = stem.replace(/(?:ing|ed|ly|ment|tion)$/, (end) => (end === "tion" ? "t" : ""));
  return stem.replace(/([bdgklmnprt])\1$/, "$1").replace(/e$/, "");
}

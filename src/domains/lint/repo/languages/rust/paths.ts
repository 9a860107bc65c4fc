// Rust's paths as text: groups of `use` expanded, `self` and `super` of modules inside a file taken away. https://doc.rust-lang.org/reference/items/use-declarations.html

export interface UsePath {
  /** Without the name that it brings in: `crate::a` of `use crate::a::b`. Empty for `use a`. */
  readonly segments: readonly string[];
  /** The name, `*`, or `self` for the path itself. */
  readonly name: string;
  /** What it is called from here on. */
  readonly local: string;
  /** Offset of the name in the text that was given. */
  readonly at: number;
}

/** Groups inside of groups; deeper ones are no program. */
const groupDepthMax = 50;

/** Each leaf of what stands between `use` and `;`, in order. */
export function expandUse(text: string): readonly UsePath[] {
  const found: UsePath[] = [];
  const tokens = [...text.matchAll(/r#\w+|\w+|::|[{},*]/g)].map((match) => ({ text: match[0], at: match.index }));
  let next = 0;
  const readTree = (prefix: readonly string[], depth: number): void => {
    const segments = [...prefix];
    let leaf: { readonly text: string; readonly at: number } | undefined;
    for (; next < tokens.length; next++) {
      const one = tokens[next];
      if (one === undefined || one.text === "," || one.text === "}") break;
      if (one.text === "::") {
        // A path from all crates: `::name`.
        if (leaf === undefined && segments.length === 0) segments.push("::");
        else if (leaf !== undefined) { segments.push(leaf.text.replace(/^r#/, "")); leaf = undefined; }
      } else if (one.text === "{") {
        next++;
        if (depth < groupDepthMax) readGroup(segments, depth + 1);
        return;
      } else if (one.text === "as") {
        const alias = tokens[++next]?.text ?? "_";
        if (leaf !== undefined) found.push({ segments, name: leaf.text.replace(/^r#/, ""), local: alias, at: leaf.at });
        next++;
        return;
      } else leaf = one;
    }
    if (leaf !== undefined) {
      const name = leaf.text.replace(/^r#/, "");
      found.push({ segments, name, local: name === "self" ? segments.at(-1) ?? name : name, at: leaf.at });
    }
  };
  const readGroup = (prefix: readonly string[], depth: number): void => {
    while (next < tokens.length && tokens[next]?.text !== "}") {
      readTree(prefix, depth);
      if (tokens[next]?.text === ",") next++;
    }
    next++;
  };
  readTree([], 0);
  return found;
}

/** The path as the file itself would write it, from inside of these modules of the file: `super::x` in `mod tests` is `self::x`. */
export function outOfInline(segments: readonly string[], inline: readonly string[]): readonly string[] {
  if (inline.length === 0 || (segments[0] !== "self" && segments[0] !== "super")) return segments;
  const around = [...inline];
  let at = segments[0] === "self" ? 1 : 0;
  while (segments[at] === "super" && around.length > 0) { around.pop(); at++; }
  const rest = segments.slice(at);
  return rest[0] === "super" ? rest : ["self", ...around, ...rest];
}

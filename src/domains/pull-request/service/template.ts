// Our description of a pull request in the form of the repository's own template. Pure.

interface Section { readonly title: string; readonly text: string }

const charsMax = 100_000;

function sectionsOf(markdown: string): readonly Section[] {
  return markdown.slice(0, charsMax).split(/^(?=#{1,3}\s)/m).flatMap((part) => {
    const [head = "", ...rest] = part.split("\n");
    const title = /^#{1,3}\s+(.+)$/.exec(head)?.[1]?.replace(/\s*#*\s*$/, "") ?? "";
    return title === "" ? [] : [{ title, text: rest.join("\n").trim() }];
  });
}

// What a template's heading asks for, by the words that teams use; the first that fits.
const asked: readonly (readonly [RegExp, readonly string[]])[] = [
  [/test|proof|verif|evidence|repro|qa\b|steps/i, ["Reproduction", "Evidence", "Checks"]],
  [/why|motivation|context|background|issue|related|closes|fixes|ticket/i, ["Why"]],
  [/review|risk|concern/i, ["Review"]],
  [/what|summary|description|change|overview|about/i, ["What"]],
];

/** The template's headings in their order, filled with what we know; what it does not ask for follows under our own headings. Without headings in the template the body stays. */
export function fitTemplate(body: string, template: string): string {
  const own = new Map(sectionsOf(body).map(({ title, text }) => [title, text]));
  const wanted = sectionsOf(template.replaceAll(/<!--[\s\S]*?-->/g, ""));
  if (wanted.length === 0) return body;
  const level = /^(#{1,3})\s/m.exec(template)?.[1] ?? "##";
  const used = new Set<string>();
  const filled = wanted.map(({ title }) => {
    const names = (asked.find(([pattern]) => pattern.test(title))?.[1] ?? []).filter((name) => own.has(name) && !used.has(name));
    for (const name of names) used.add(name);
    const text = names.map((name) => own.get(name) ?? "").filter((part) => part !== "").join("\n\n");
    return `${level} ${title}\n\n${text === "" ? "Nothing to tell about this change." : text}`;
  });
  const rest = [...own].filter(([title]) => !used.has(title)).map(([title, text]) => `${level} ${title}\n\n${text}`);
  return [...filled, ...rest].join("\n\n");
}

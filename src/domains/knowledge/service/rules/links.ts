// Links and anchors: each leads to something that is there, exact to the case. Facts in, findings out.
import type { DocFacts, DocFinding, LinkFact } from "../../types/document.ts";
import type { Subject } from "../../types/world.ts";
import type { DocConfiguration } from "../../config/doc-configuration.ts";
import { nearestName } from "../nearest.ts";
import { baseOf, joinPath, relativePath, type Tree } from "../paths.ts";
import { readTarget, resolveTarget, type Target } from "./link-target.ts";

export interface RuleInput { readonly subject: Subject; readonly tree: Tree; readonly configuration: DocConfiguration; readonly byFile: ReadonlyMap<string, DocFacts> }

const siteMarkers =
  /(^|\/)(mkdocs\.ya?ml|docusaurus\.config\.[cm]?[jt]s|book\.toml|mint\.json|docs\.json|_config\.yml|antora\.yml|sidebars\.[cm]?[jt]s|\.vitepress\/config\.[cm]?[jt]s|astro\.config\.[cm]?[jt]s|_category_\.json|meta\.json|conf\.py|SUMMARY\.md|_sidebar\.md|hugo\.toml)$/;

/** Folders whose documents a site generator turns into pages: routes, ids and endings are its own there. */
export function sitesOf(files: Iterable<string>): readonly string[] {
  const sites = new Set<string>();
  for (const file of files) {
    if (!siteMarkers.test(file)) continue;
    const folder = file.replace(siteMarkers, "");
    sites.add(folder === "" || folder === "docs" || folder === "website" ? "docs" : folder);
    if (folder !== "") sites.add(folder);
  }
  return [...sites];
}

/** Every link of every document; in order. */
export function checkLinks(input: RuleInput): readonly DocFinding[] {
  const sites = sitesOf(input.tree.files);
  return input.subject.docs.filter((doc) => input.subject.isWanted(doc.file)).flatMap((doc) => {
    const isSite = doc.file.endsWith(".mdx") || sites.some((site) => doc.file.startsWith(`${site}/`));
    return doc.links.flatMap((link) => checkLink(input, doc, link, isSite));
  });
}

const forgeTemplate = /(^|\/)(\.github|\.gitlab|docs)\/((pull_request|merge_request|issue)_templates?(\/|\.md$))|^pull_request_template\.md$/i;
/** A notebook kept as Markdown: its program makes anchors that keep their case. */
const isNotebook = (doc: DocFacts): boolean => doc.frontMatter?.value["jupytext"] !== undefined || doc.frontMatter?.value["kernelspec"] !== undefined;

function checkLink(input: RuleInput, doc: DocFacts, link: LinkFact, isSite: boolean): readonly DocFinding[] {
  if (/\b(e\.g\.|example|such as)[^\n]{0,30}$|["“]\w* $/i.test(link.before)) return [];
  const target = readTarget(doc.file, link.target);
  if (target === undefined) return [];
  // What tells of its time keeps its words, and its links with them; an index of it is no such text.
  const isHistorical = input.configuration.isHistorical(doc.file) && !/(^|\/)([\w-]*index|readme)\.mdx?$/i.test(doc.file);
  const place = { file: doc.file, line: link.line, column: link.column, endLine: link.line };
  const found = resolveTarget(input.tree, target.path);
  if (found !== undefined) return found.kind === "file" && target.anchor !== undefined && !isHistorical ? checkAnchor(input, { doc, link, target, isSite, path: found.path }) : [];
  // The text of a template is shown on the forge, not where the template lies.
  if (forgeTemplate.test(doc.file) && resolveTarget(input.tree, joinPath("", target.written) ?? "") !== undefined) return [];
  if (target.isAbsolute && (isSite || !/\.\w+$/.test(target.path) || input.tree.has(target.path.split("/")[0] ?? "") !== "folder")) return [];
  if (isSite && withoutLocale(target.path).some((path) => resolveTarget(input.tree, path) !== undefined)) return [];
  const severity = isHistorical ? "warning" : "error";
  const other = input.tree.otherCase(target.path);
  if (other !== undefined && !isSite) {
    const right = target.isAbsolute ? `/${other}` : relativePath(doc.file, other);
    return [{
      ...place, rule: "docs-link-case", severity, to: link.target,
      found: `the link to \`${link.target}\` differs from the name \`${other}\` in upper and lower case`,
      expected: "links are exact to the case: where the file system tells them apart, this one is broken",
      fix: replaceFix(doc, link, `${right}${anchorOf(target)}`),
    }];
  }
  if (isHistorical || input.subject.ask.isOutside(target.path) !== "no") return [];
  // A route of a site has no ending of a file.
  if (isSite && !/\.(md|mdx|markdown|png|jpe?g|gif|svg|webp)$/i.test(target.path)) return [];
  return [{
    ...place, rule: "docs-links", severity: "error", to: link.target,
    found: `the ${link.kind === "image" ? "image" : "link"} \`${link.target}\` leads to \`${target.path}\`, which does not exist`,
    expected: "every link leads to a file or folder of the repository",
    fix: fixOf(input, doc, link, target),
  }];
}

/** A site shows the page of the default language where a translation lacks it. */
function withoutLocale(path: string): readonly string[] {
  const parts = path.split("/");
  return parts.flatMap((part, at) =>
    /^[a-z]{2}([-_][A-Za-z]{2,4})?$/.test(part)
      ? [[...parts.slice(0, at), ...parts.slice(at + 1)].join("/"), [...parts.slice(0, at), "en", ...parts.slice(at + 1)].join("/")]
      : [],
  );
}

/** In the form that editors and agents apply without thinking. */
const replaceFix = (doc: DocFacts, link: LinkFact, after: string): string => `In ${doc.file}, line ${link.line}, replace \`${link.target}\` by \`${after}\`.`;

const anchorOf = (target: Target): string => (target.anchor === undefined ? "" : `#${target.anchor}`);

function fixOf(input: RuleInput, doc: DocFacts, link: LinkFact, target: Target): string {
  const same = input.tree.named(baseOf(target.path)).filter((file) => !input.configuration.isExcluded(file));
  if (same.length === 1 && same[0] !== undefined && same[0] !== doc.file && !/^(index|readme)\./i.test(baseOf(target.path)))
    return replaceFix(doc, link, `${relativePath(doc.file, same[0])}${anchorOf(target)}`);
  const folder = target.path.slice(0, target.path.lastIndexOf("/") + 1);
  const ending = /\.\w+$/.exec(target.path)?.[0];
  const beside =
    same.length > 0 || ending === undefined
      ? []
      : [...input.tree.files]
          .filter((file) => file.startsWith(folder) && !file.includes("/", folder.length) && file.endsWith(ending) && file !== doc.file)
          .map(baseOf);
  const meant = misspelt(baseOf(target.path), beside);
  if (meant !== undefined) return replaceFix(doc, link, `${relativePath(doc.file, `${folder}${meant}`)}${anchorOf(target)}`);
  const maybe = same.length > 1 && same.length <= 3 ? ` Files of that name: ${same.map((file) => `\`${relativePath(doc.file, file)}\``).join(", ")}.` : "";
  return `Point the link to the file that is meant, or remove the link and keep its words.${maybe}`;
}

interface AnchorInput { readonly doc: DocFacts; readonly link: LinkFact; readonly target: Target; readonly isSite: boolean; readonly path: string }

/** Ids that a reader's program makes up itself. */
const ownAnchor = /^(L\d+(C\d+)?(-L?\d+(C\d+)?)?|top|:~:.*|readme|user-content-.*|!.*|\/.*)?$/i;

function checkAnchor(input: RuleInput, { doc, link, target, isSite, path }: AnchorInput): readonly DocFinding[] {
  const anchor = target.anchor ?? "";
  const to = input.byFile.get(path);
  if (to === undefined || ownAnchor.test(anchor) || to.omitted > 0 || /[{}<>$]/.test(anchor)) return [];
  const slugs = to.headings.map((heading) => heading.slug);
  const known = [...slugs, ...to.anchors, ...to.headings.flatMap((heading) => /\{#([\w-]+)\}/.exec(heading.text)?.[1] ?? [])];
  if (known.includes(anchor)) return [];
  if (isNotebook(to) && known.some((one) => loose(one) === loose(anchor))) return [];
  if (
    isSite &&
    (path.endsWith(".mdx") ||
      known.some((one) => loose(one) === loose(anchor)) ||
      /\{[#:]|^:::|^===|\(\)=/m.test(to.headings.map((heading) => heading.text).join("\n")))
  )
    return [];
  const near =
    known.find((one) => one.toLowerCase() === anchor.toLowerCase()) ??
    known.find((one) => loose(one) === loose(anchor)) ??
    nearest(anchor, slugs) ??
    misspelt(anchor, slugs);
  const whole = link.target.slice(0, link.target.indexOf("#"));
  const listed = slugs.slice(0, 12).map((slug) => `#${slug}`).join(", ");
  return [{
    file: doc.file, line: link.line, column: link.column, endLine: link.line, rule: "docs-anchors", severity: "error", to: link.target,
    found: `the anchor \`#${anchor}\` is no heading of \`${path}\``, expected: "an anchor is the slug of a heading, or an id, of the document that it leads to, exact to the case",
    fix:
      near === undefined
        ? `Point the link to a heading that exists${slugs.length === 0 ? ", or drop the anchor" : ` (${listed}${slugs.length > 12 ? ", …" : ""})`}.`
        : replaceFix(doc, link, `${whole}#${near}`),
  }];
}

/** A shorter name is one letter from many others: `old` and `new`, `one` and `gone` are no slips. */
const slipLettersMin = 5;

/** The name of which this one is a slip of the hand: one letter in five. One with another number is another name. */
function misspelt(name: string, known: readonly string[]): string | undefined {
  const stem = (text: string): string => text.replace(/\.\w+$/, "");
  const digits = (text: string): string => text.replaceAll(/\D/g, "");
  const slipsMax = Math.floor(stem(name).length / slipLettersMin);
  return slipsMax === 0 ? undefined : nearestName(name, known.filter((one) => digits(one) === digits(name) && stem(one).length >= slipLettersMin), slipsMax);
}

const loose = (slug: string): string => slug.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "");

/** The slug that shares most words with the anchor, where that is most of them. */
function nearest(anchor: string, slugs: readonly string[]): string | undefined {
  const words = new Set(anchor.toLowerCase().split("-").filter((word) => word !== ""));
  let best: { readonly slug: string; readonly share: number } | undefined;
  for (const slug of slugs) {
    const own = slug.split("-").filter((word) => word !== "");
    const share = own.filter((word) => words.has(word)).length / Math.max(own.length, words.size, 1);
    if (share >= 0.6 && share > (best?.share ?? 0)) best = { slug, share };
  }
  return best?.slug;
}

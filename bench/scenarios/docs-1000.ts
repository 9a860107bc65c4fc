// The whole check of a repository of 1,000 Markdown files in a fresh process, cold; its peer reads the same files and takes them apart with markdown-it alone.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { git, launcher, median, root, round, time, timeMany, type Scenario } from "../measure.ts";

const files = 1000;
// About 4.5 KB a file, with the mix of headings, links, spans, lists, tables and fences that documents of public repositories have.
function page(at: number): string {
  const other = (at * 7 + 3) % files;
  const section = (name: string): string => [
    `## ${name} ${at}`,
    "",
    `What holds here is written in \`src/area-${at % 20}/module-${at % 50}.ts\` and told in [page ${other}](../area-${other % 20}/page-${other}.md#use-${other}). It is plain prose otherwise,`,
    "which goes on for some lines without anything that a rule would look at, as most prose of documents does, so that the share of markup is what it is elsewhere.", "",
    "- a first point with `code` in it",
    `- a second one, see [the next](#use-${at})`,
    "- [ ] a box",
    "",
    "| name | meaning |",
    "|---|---|",
    "| `one` | the first |",
    "| `two` | the second |",
    "",
    "```ts",
    `export const value${at} = ${at};`,
    "```",
    "",
  ].join("\n");
  return `---\nowner: team\nstatus: draft\n---\n\n# Page ${at}\n\n${["Purpose", "Use", "Limits", "Decisions", "History"].map(section).join("\n")}`;
}

const peer = `
import MarkdownIt from ${JSON.stringify(join(root, "node_modules", "markdown-it", "dist", "markdown-it.mjs"))};
import { readdirSync, readFileSync } from "node:fs";
const md = new MarkdownIt({ html: true });
for (const name of readdirSync(process.argv[2], { recursive: true })) if (name.endsWith(".md")) md.parse(readFileSync(process.argv[2] + "/" + name, "utf8"), {});
`;

export const docs1000: Scenario = {
  name: "docs-1000", says: "inspan check on 1,000 Markdown files, cold",
  run: async () => {
    const folder = mkdtempSync(join(tmpdir(), "inspan-bench-docs-"));
    const place = join(folder, "place");
    try {
      for (let at = 0; at < 20; at++) { mkdirSync(join(place, "docs", `area-${at}`), { recursive: true }); mkdirSync(join(place, "src", `area-${at}`), { recursive: true }); }
      for (let at = 0; at < files; at++) {
        writeFileSync(join(place, "docs", `area-${at % 20}`, `page-${at}.md`), page(at));
        writeFileSync(join(place, "src", `area-${at % 20}`, `module-${at % 50}.ts`), "export const one = 1;\n");
      }
      git(place, "init", "--quiet", "--initial-branch=main");
      git(place, "add", "-A");
      git(place, "-c", "user.name=Bench", "-c", "user.email=bench@localhost", "commit", "--quiet", "-m", "pages");
      writeFileSync(join(folder, "peer.mjs"), peer);
      const runs: { wallMs: number; ownMs: number; findings: number }[] = [];
      for (let index = 0; index < 5; index++) {
        // A state folder of its own: nothing is kept from the run before.
        const { ms, stdout } = await time([process.execPath, launcher, "check", "--json"], { cwd: place, env: { ...process.env, INSPAN_HOME: join(folder, `state-${index}`) } });
        const report = JSON.parse(stdout) as { durationMs: number; findings: unknown[] }; // the form of CONTRACTS
        runs.push({ wallMs: ms, ownMs: report.durationMs, findings: report.findings.length });
      }
      const alone = await timeMany(3, [process.execPath, join(folder, "peer.mjs"), place], { cwd: folder });
      return {
        figures: {
          wallMs: round(median(runs.map((run) => run.wallMs))),
          ownMs: round(median(runs.map((run) => run.ownMs))),
          files,
          findings: runs[0]?.findings ?? 0,
        },
        peers: { "markdown-it alone": { wallMs: round(median(alone)) } },
      };
    } finally { rmSync(folder, { recursive: true, force: true, maxRetries: 3 }); }
  },
};

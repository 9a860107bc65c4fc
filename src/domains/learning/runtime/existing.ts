// What the repository at the base says and enforces already: its guardrails, its map, documents, reviewers and rules.
import type { Configuration } from "../../../base/config-section.ts";
import { docsSection } from "../../knowledge/index.ts";
import { rulesFolder } from "../../lint/index.ts";
import { parseReviewer, reviewSection, type Reviewer } from "../../review/index.ts";
import type { LearningConfig } from "../config.ts";
import { listFilesAt, readGuardrails, type StandingGuardrail } from "../repo/guardrail-files.ts";
import { lineSince, readBlob, type HistoryPort } from "../repo/history.ts";
import { answersCluster, existingByCause, findText, type RungText } from "../service/likeness.ts";
import type { Existing } from "../types.ts";

/** Documents that are looked through; in a larger library a lesson is not found by reading either. */
const documentsMax = 400;
const documentCharsMax = 200_000;

export interface ReviewerFile { readonly path: string; readonly text: string; readonly reviewer: Reviewer | undefined }
export interface StandingWorld {
  readonly base: string;
  readonly guardrails: readonly StandingGuardrail[];
  readonly unreadable: readonly string[];
  readonly map: { readonly path: string; readonly linesMax: number; readonly text: string | undefined };
  readonly lessons: { readonly path: string; readonly text: string | undefined };
  /** Where documents are listed; undefined where there is no such file. */
  readonly index: { readonly path: string; readonly text: string } | undefined;
  readonly reviewersFolder: string;
  readonly reviewers: readonly ReviewerFile[];
  readonly texts: readonly RungText[];
}

export async function readWorld(port: HistoryPort, base: string, configuration: Configuration, config: LearningConfig): Promise<StandingWorld> {
  const docs = configuration.read(docsSection);
  const given = docs?.map;
  const map = typeof given === "object" ? { path: given.path, linesMax: given.linesMax } : { path: given ?? "AGENTS.md", linesMax: 100 };
  const reviewersFolder = configuration.read(reviewSection).reviewers.replaceAll(/^\.\/|\/+$/g, "");
  const files = await listFilesAt(port, base, ["docs", rulesFolder, reviewersFolder, "inspan.yaml", map.path, config.lessons]);
  const read = async (file: string): Promise<string | undefined> => (files.includes(file) ? (await readBlob(port, base, file))?.slice(0, documentCharsMax) : undefined);
  const isReviewer = (file: string) => file.startsWith(`${reviewersFolder}/`);
  const reviewers: ReviewerFile[] = [];
  const texts: RungText[] = [];
  for (const file of files.filter((one) => /\.(?:md|ya?ml)$/.test(one) && !/(?:^|\/)(?:generated|exec-plans|references)\//.test(one)).slice(0, documentsMax)) {
    const text = await read(file);
    if (text === undefined) continue;
    if (isReviewer(file) && file.endsWith(".md")) {
      const parsed = parseReviewer(text, file);
      reviewers.push({ path: file, text, reviewer: parsed.kind === "reviewer" ? parsed.reviewer : undefined });
    }
    const rung = file === map.path ? "prompt" : isReviewer(file) ? "reviewer" : file.startsWith(`${rulesFolder}/`) || file === "inspan.yaml" ? "lint" : "document";
    texts.push({ rung, file, text });
  }
  const folder = config.lessons.includes("/") ? `${config.lessons.slice(0, config.lessons.lastIndexOf("/"))}/` : "";
  const indexPath = [`${folder}index.md`, `${folder}README.md`].find((one) => files.includes(one));
  const indexText = indexPath === undefined ? undefined : await read(indexPath);
  return {
    base, ...await readGuardrails(port, base), map: { ...map, text: await read(map.path) }, lessons: { path: config.lessons, text: await read(config.lessons) },
    index: indexPath === undefined || indexText === undefined ? undefined : { path: indexPath, text: indexText }, reviewersFolder, reviewers, texts,
  };
}

/** Everything that stands against a cluster, with since when. */
export async function findExisting(
  port: HistoryPort,
  world: StandingWorld,
  cluster: { readonly causes: readonly string[]; readonly terms: readonly string[] },
): Promise<readonly Existing[]> {
  const own = world.guardrails
    .filter(({ guardrail }) => answersCluster(guardrail, cluster))
    .map(({ guardrail, since }): Existing => ({ rung: guardrail.rung, where: guardrail.file, since, guardrailId: guardrail.id }));
  const written: Existing[] = [];
  for (const { rung, file, line, text } of findText(world.texts, cluster.terms)) {
    // A guardrail's own line is known by its guardrail.
    if (text.includes("<!-- guardrail:") || own.some(({ where }) => where === file)) continue;
    written.push({ rung, where: `${file}:${line}`, since: await lineSince(port, { commit: world.base, file, line }) });
  }
  return [...own, ...existingByCause(cluster.causes), ...written];
}

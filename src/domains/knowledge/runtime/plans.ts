// The life of a plan: new, checked, completed. Writes the plan, its index, and the links that lead to it; nothing else.
import { join } from "node:path";
import { InspanError } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { readMarkdown } from "../repo/read-markdown.ts";
import { baseOf } from "../service/paths.ts";
import { checkPlan, isPlan, type PlanFolders, planFolders } from "../service/rules/plans.ts";
import { planFileName, planText, withMovedPlan, withPlanRow } from "../service/plan-text.ts";
import type { DocFacts, DocFinding } from "../types/document.ts";
import { openDocuments, type OpenDocuments } from "./open-documents.ts";

export interface NewPlan { readonly version: 1; readonly plan: string; readonly updated: readonly string[] }
export interface CheckedPlans { readonly version: 1; readonly plans: readonly string[]; readonly findings: readonly DocFinding[] }
export interface CompletedPlan {
  readonly version: 1;
  readonly isCompleted: boolean;
  readonly plan: string;
  readonly findings: readonly DocFinding[];
  readonly updated: readonly string[];
}

interface Place { readonly open: OpenDocuments; readonly folders: PlanFolders; readonly plans: readonly DocFacts[]; readonly indexFile: string | undefined }

async function openPlans(context: OperationContext): Promise<Place> {
  const open = await openDocuments(context);
  const root = (open.configuration.docs?.plans?.path ?? "docs/exec-plans").replace(/\/+$/, "");
  const folders = planFolders(root);
  const indexFile = open.configuration.docs?.plans?.index ?? [`${root}/index.md`, `${root}/README.md`].find((file) => open.tree.has(file) === "file");
  return { open, folders, plans: open.docs.filter((doc) => isPlan(doc, folders)), indexFile };
}

export async function newPlan(context: OperationContext, title: string): Promise<NewPlan> {
  const { files, clock } = context.providers;
  const clean = title.replaceAll(/\s+/g, " ").trim();
  if (clean === "")
    throw new InspanError("USAGE", "Cannot write a plan: its title is empty, expected a few words.", {
      kind: "usage",
      remedy: 'inspan plan new "Back-to-back bookings"',
    });
  const { open, folders, plans, indexFile } = await openPlans(context);
  const plan = `${folders.active}${planFileName(clean, plans.map((one) => one.file))}`;
  if ((await files.facts(join(open.rootPath, plan))) !== undefined)
    throw new InspanError("PATH_BLOCKED", `Cannot write "${plan}": it exists, expected a free name.`, { kind: "usage", remedy: `inspan plan check ${plan}` });
  await files.writeText(join(open.rootPath, plan), planText(clean, clock.nowIso()));
  const updated: string[] = [];
  const index = open.docs.find((doc) => doc.file === indexFile);
  const text = index === undefined ? undefined : await files.readText(join(open.rootPath, index.file));
  if (index !== undefined && text !== undefined) {
    await files.writeText(join(open.rootPath, index.file), withPlanRow({ file: index.file, text, facts: index }, { file: plan, title: clean }, clock.nowIso().slice(0, 10)));
    updated.push(index.file);
  }
  return { version: 1, plan, updated };
}

/** The plan that a person means: its path, its file name, its number, or a part of its name that only it has. */
function findPlan(place: Place, typed: string): DocFacts {
  const bare = typed.replace(/^\.\//, "");
  const among = (isMeant: (file: string) => boolean): readonly DocFacts[] => place.plans.filter((doc) => isMeant(doc.file));
  const steps: readonly ((file: string) => boolean)[] = [
    (file) => file === bare || file.endsWith(`/${bare}`),
    (file) => baseOf(file) === `${bare}.md`,
    (file) => Number(/^(\d+)-/.exec(baseOf(file))?.[1] ?? -1) === (/^\d+$/.test(bare) ? Number(bare) : -2),
    (file) => baseOf(file).includes(bare),
  ];
  for (const step of steps) {
    const found = among(step);
    const active = found.filter((doc) => doc.file.startsWith(place.folders.active));
    const only = found.length === 1 ? found[0] : active.length === 1 ? active[0] : undefined;
    if (only !== undefined) return only;
    if (found.length > 1)
      throw new InspanError("PLAN_AMBIGUOUS", `Cannot tell which plan "${typed}" is: ${found.map((doc) => doc.file).join(", ")}, expected one.`, {
        kind: "usage",
        remedy: `inspan plan check ${found[0]?.file ?? ""}`,
      });
  }
  throw new InspanError(
    "PLAN_UNKNOWN",
    `Cannot find the plan "${typed}": ${
      place.plans.length === 0
        ? `there is none below ${place.folders.active}`
        : `there are ${place.plans
            .map((doc) => baseOf(doc.file))
            .slice(0, 10)
            .join(", ")}`
    }, expected a path, a file name or a number.`,
    { kind: "usage", remedy: place.plans.length === 0 ? 'inspan plan new "<title>"' : "inspan plan check" },
  );
}

export async function checkPlansOf(context: OperationContext, typed: string | undefined): Promise<CheckedPlans> {
  const place = await openPlans(context);
  const wanted = typed === undefined ? place.plans : [findPlan(place, typed)];
  const today = context.providers.clock.nowIso().slice(0, 10);
  return { version: 1, plans: wanted.map((doc) => doc.file), findings: wanted.flatMap((doc) => checkPlan(doc, doc.file.startsWith(place.folders.completed), today)) };
}

/** Moves a finished plan to completed/ with its index entry and the links to it. With open boxes or without a retrospective nothing is written. */
export async function completePlan(context: OperationContext, typed: string): Promise<CompletedPlan> {
  const { files, clock } = context.providers;
  const place = await openPlans(context);
  const { open, folders } = place;
  const doc = findPlan(place, typed);
  const today = clock.nowIso().slice(0, 10);
  if (doc.file.startsWith(folders.completed)) return { version: 1, isCompleted: true, plan: doc.file, findings: [], updated: [] };
  const findings = checkPlan(doc, true, today);
  if (findings.length > 0) return { version: 1, isCompleted: false, plan: doc.file, findings, updated: [] };
  const to = `${folders.completed}${baseOf(doc.file)}`;
  if ((await files.facts(join(open.rootPath, to))) !== undefined)
    throw new InspanError("PATH_BLOCKED", `Cannot move the plan to "${to}": a file is there, expected a free name.`, {
      kind: "usage",
      remedy: `git mv ${to} <another name>`,
    });
  await files.makeFolder(join(open.rootPath, folders.completed));
  await files.rename(join(open.rootPath, doc.file), join(open.rootPath, to));
  const updated: string[] = [];
  for (const one of open.docs.filter((other) => other.links.length > 0 && other.file !== doc.file)) {
    const text = await files.readText(join(open.rootPath, one.file));
    const next = text === undefined ? undefined : withMovedPlan(one, text, { from: doc.file, to, today, isIndex: one.file === place.indexFile, tree: open.tree });
    if (next === undefined) continue;
    await files.writeText(join(open.rootPath, one.file), next);
    updated.push(one.file);
  }
  const index = open.docs.find((one) => one.file === place.indexFile);
  if (index !== undefined && !updated.includes(index.file)) {
    const text = await files.readText(join(open.rootPath, index.file)) ?? "";
    await files.writeText(
      join(open.rootPath, index.file),
      withPlanRow({ file: index.file, text, facts: readMarkdown(index.file, text) }, { file: to, title: doc.headings[0]?.text ?? baseOf(to) }, today).replace(
        new RegExp(`(${baseOf(to).replaceAll(".", "\\.")}\\)[^\\n]*?)\\bactive\\b`),
        "$1completed",
      ),
    );
    updated.push(index.file);
  }
  return { version: 1, isCompleted: true, plan: to, findings: [], updated };
}

// A film that the daemon made becomes evidence of the worktree; what it could not film is said there too.
import type { OperationContext } from "../../../providers/index.ts";
import { addFile, openBundle, recordMissing } from "../../evidence/runtime/index.ts";
import type { BrowserAnswer } from "../types/index.ts";

export interface FilmLabel { readonly proves: string; readonly role: "before" | "after" | "other"; readonly title: string | undefined; readonly bundle: string | undefined }

interface Traced { readonly file: string }

/** The answer with the item's path. Rejects with what evidence rejects with. */
export async function keepFilm(context: OperationContext, answer: BrowserAnswer, label: FilmLabel): Promise<BrowserAnswer> {
  const open = await openBundle(context, { bundle: label.bundle });
  const why = answer.data["noFilmBecause"];
  const trace = answer.data["trace"] as Traced | null | undefined; // our own daemon's form
  const title = label.title ?? "the page";
  const noTrace = answer.data["noTraceBecause"];
  if (trace) await addFile(context, open, { path: trace.file, role: label.role, title, proves: label.proves });
  else if (typeof noTrace === "string") await recordMissing(context, open, { what: "trace", why: noTrace, role: label.role });
  if (answer.file === undefined || typeof why === "string") {
    await recordMissing(context, open, { what: "video", why: typeof why === "string" ? why : "nothing was recorded", role: label.role });
    return { ...answer, said: `${answer.said}; noted in ${open.folder}` };
  }
  const item = await addFile(context, open, { path: answer.file, role: label.role, title, proves: label.proves });
  return { ...answer, file: `${open.folder}/${item.file}`, data: { ...answer.data, evidence: item } };
}

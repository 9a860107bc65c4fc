// Reviewers of a repository, read from a commit: a change cannot loosen its own review.
import { InspanError } from "../../../base/errors.ts";
import type { Git } from "../../../providers/index.ts";
import { readReviewerFiles } from "../repo.ts";
import { parseReviewer } from "../service/reviewers.ts";
import { attestationName } from "../service/attestation.ts";
import { securityReviewerName } from "../service/findings.ts";
import type { Reviewer } from "../types.ts";

// Their verdicts come from records and exit statuses; a persona of that name could close what they found.
const ownNames: readonly string[] = [attestationName, securityReviewerName];

/** Reviewers of a folder at a commit, by path; empty where there is no such folder. Rejects with REVIEWER_INVALID, all reasons in one message. */
export async function readReviewersAt(options: {
  readonly providers: { readonly git: Git };
  readonly rootPath: string;
  readonly commit: string;
  readonly folder: string;
}): Promise<readonly Reviewer[]> {
  const folder = options.folder.replaceAll(/^\.\/|\/+$/g, "");
  const reviewers = new Map<string, Reviewer>();
  const problems: string[] = [];
  for (const { path, text } of await readReviewerFiles(options.providers.git, { cwd: options.rootPath, commit: options.commit, folder })) {
    const parsed = parseReviewer(text, path);
    if (parsed.kind === "invalid") problems.push(parsed.reason);
    else if (ownNames.includes(parsed.reviewer.name)) problems.push(`Cannot read the reviewer "${path}": the name "${parsed.reviewer.name}" is the harness's own.`);
    else if (reviewers.has(parsed.reviewer.name)) problems.push(`Cannot read the reviewer "${path}": the name "${parsed.reviewer.name}" is taken.`);
    else reviewers.set(parsed.reviewer.name, parsed.reviewer);
  }
  if (problems.length > 0)
    throw new InspanError("REVIEWER_INVALID", problems.join("\n"), {
      kind: "usage",
      remedy: `mend the files in ${folder}; they are read from the base commit`,
    });
  return [...reviewers.values()];
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseReviewer } from "../service/reviewers.ts";
import { reviewersInitStep } from "./starter-reviewers.ts";

test("the reviewers that init writes are valid and bear their file's name", async () => {
  const files = await reviewersInitStep.plan(undefined as never, "/"); // the plan does not look at its context
  for (const { path, text } of files) {
    const parsed = parseReviewer(text, path);
    assert.equal(parsed.kind === "reviewer" && `docs/reviewers/${parsed.reviewer.name}.md`, path, parsed.kind === "invalid" ? parsed.reason : "");
  }
  assert.equal(files.length, 2);
});

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createBareRemote } from "../../../../test/support/bare-remote.ts";
import { readTemplate } from "./template.ts";

const remote = await createBareRemote({ "README.md": "# R\n" });
after(() => remote.dispose());
const clone = await remote.clone("user");

test("readTemplate() finds the template where forges look, in whatever case it is written", async () => {
  const found = async (files: Readonly<Record<string, string>>) => {
    const commit = clone.commitOn(`with-${Object.keys(files).length}-${Object.keys(files).join("").replaceAll(/\W/g, "")}`, files);
    return (await readTemplate({ git: remote.providers.git, cwd: clone.path, commit }))?.path;
  };
  for (const path of [
    ".github/PULL_REQUEST_TEMPLATE.md",
    "docs/Pull_Request_Template.md",
    "PULL_REQUEST_TEMPLATE.md",
    ".gitlab/merge_request_templates/default.md",
  ])
    assert.equal(await found({ [path]: "## What\n" }), path);
  assert.equal(await found({ "pull_request_template.md": "## Root\n", ".github/pull_request_template.md": "## First\n" }), ".github/pull_request_template.md");
  assert.equal(await found({ "docs/a.md": "", ".github/PULL_REQUEST_TEMPLATE/feature.md": "## One of several\n" }), undefined);
});

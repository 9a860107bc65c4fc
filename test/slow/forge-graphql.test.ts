// Our GraphQL questions and the fake's answers against GitHub's published schema, which is installed with its reader into scripts/forge-forms (23 MB).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { checksQuery, oneQuery, openQuery, restQueries } from "../../src/domains/forge/repo/github-wire.ts";
import { startFakeGitHub } from "../programs/forge/github.ts";
import { ForgeWorld, people } from "../programs/forge/world.ts";
import { createBareRemote } from "../support/bare-remote.ts";
import { publishedGraph } from "../support/published-forms.ts";

const { path: folder, skip } = publishedGraph();
const schemaPath = join(folder, "node_modules/@octokit/graphql-schema/schema.graphql");

/** The part of the package "graphql" that is used here. */
interface GraphQl {
  buildSchema(text: string, options: { readonly assumeValidSDL: boolean; readonly assumeValid: boolean }): object;
  parse(text: string): object;
  validate(schema: object, document: object): readonly { readonly message: string }[];
  execute(options: {
    readonly schema: object;
    readonly document: object;
    readonly rootValue: unknown;
    readonly variableValues: object;
    readonly fieldResolver: (
      source: Record<string, unknown>,
      args: unknown,
      context: unknown,
      info: { readonly fieldName: string; readonly path: { readonly key: string | number } },
    ) => unknown;
  }):
    | Promise<{ readonly data?: unknown; readonly errors?: readonly { readonly message: string; readonly path?: readonly unknown[] }[] }>
    | { readonly data?: unknown; readonly errors?: readonly { readonly message: string; readonly path?: readonly unknown[] }[] };
}

test("our questions are GitHub's, and the fake answers them in the forms of its schema", { skip }, async () => {
  const readerPath = join(folder, "node_modules/graphql/index.js");
  const graphQl = await import(pathToFileURL(readerPath).href) as GraphQl; // its documented exports
  // The published text defines a few fields twice, and deprecates some that its interfaces do not.
  const schema = graphQl.buildSchema(readFileSync(schemaPath, "utf8"), { assumeValidSDL: true, assumeValid: true });
  const remote = await createBareRemote({ "a.txt": "one\n" });
  const clone = await remote.clone("user");
  const world = new ForgeWorld(remote.originPath);
  const forge = await startFakeGitHub(world);
  try {
    const head = clone.commitOn("topic", { "a.txt": "two\n" });
    clone.git("push", "--quiet", "origin", "topic");
    world.ci.set("build", () => ({ conclusion: "failure", log: "no" }));
    world.open({ branch: "topic", base: "main", title: "t", body: "b", user: people.agent });
    world.say(1, people.ada, "top");
    const line = world.say(1, people.linter, "line", { kind: "inline", path: "a.txt", line: 1, commit: head });
    world.say(1, people.ada, "no", { kind: "review", state: "CHANGES_REQUESTED", commit: head });
    world.statuses.push({ id: 77, sha: head, context: "inspan/test", state: "success", description: "d", createdAt: world.now() });
    for (const [query, variables] of [[openQuery, { after: null }], [oneQuery, { number: 1 }], [checksQuery([head, clone.git("rev-parse", "origin/main")]), {}],
      [restQueries.comments, { number: 1 }], [restQueries.reviews, { number: 1 }], [restQueries.threads, { number: 1 }], [restQueries.replies, { thread: `T_${line.id}` }], [restQueries.checks, { commit: head }]] as const) {
      const document = graphQl.parse(query);
      assert.deepEqual(graphQl.validate(schema, document).map(({ message }) => message), [], query.slice(0, 60));
      const asked = { owner: "team", name: "desk", ...variables };
      const answer = (await (
        await fetch(`${forge.url}/graphql`, {
          method: "POST",
          headers: { authorization: "token fake-token-of-the-agent" },
          body: JSON.stringify({ query, variables: asked }),
          signal: AbortSignal.timeout(20_000),
        })
      ).json()) as { data: unknown }; // the fake's
      // The answer is the data of its own question: a field has the name that it was asked by.
      const played = await graphQl.execute({
        schema,
        document,
        rootValue: answer.data,
        variableValues: asked,
        fieldResolver: (source, _args, _context, { path }) => source[String(path.key)],
      });
      assert.deepEqual((played.errors ?? []).map(({ message, path }) => `${(path ?? []).join(".")}: ${message}`), []);
      const missing: string[] = [];
      const compare = (value: unknown, at: string): void => {
        if (value === undefined) missing.push(at);
        else if (Array.isArray(value)) value.forEach((item, index) => compare(item, `${at}[${index}]`));
        else if (typeof value === "object" && value !== null) for (const [key, item] of Object.entries(value)) compare(item, `${at}.${key}`);
      };
      compare(played.data, "data");
      assert.deepEqual(missing, []);
    }
  } finally { await forge.close(); await remote.dispose(); }
});

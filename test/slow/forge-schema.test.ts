// The fake's answers against GitHub's published description, of which one file is brought here (test/support/published-forms.ts).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { startFakeGitHub } from "../programs/forge/github.ts";
import { ForgeWorld } from "../programs/forge/world.ts";
import { createBareRemote } from "../support/bare-remote.ts";
import { publishedRest } from "../support/published-forms.ts";

const { path, skip } = publishedRest();

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly nullable?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}
interface Description {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          { readonly responses: Readonly<Record<string, { readonly $ref?: string; readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>> }
        >
      >
    >
  >;
  readonly components: unknown;
}

function resolve(description: Description, reference: string): Schema {
  let at: unknown = description;
  for (const part of reference.slice(2).split("/")) at = (at as Record<string, unknown>)[part.replaceAll("~1", "/").replaceAll("~0", "~")]; // a path in the description
  return at as Schema; // what it names
}

const typeOf = (value: unknown): string => (value === null ? "null" : Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value);

/** Where a value is not what the schema says; the keywords that GitHub uses for answers. */
function faults(description: Description, schema: Schema, value: unknown, at: string, depth = 0): readonly string[] {
  if (depth > 40) return [];
  if (schema.$ref !== undefined) return faults(description, resolve(description, schema.$ref), value, at, depth + 1);
  if (value === null && (schema.nullable === true || (Array.isArray(schema.type) && schema.type.includes("null")))) return [];
  const either = schema.anyOf ?? schema.oneOf;
  if (either && !either.some((one) => faults(description, one, value, at, depth + 1).length === 0)) return [`${at}: fits none of its forms`];
  const found = (schema.allOf ?? []).flatMap((one) => [...faults(description, one, value, at, depth + 1)]);
  const types = schema.type === undefined ? [] : typeof schema.type === "string" ? [schema.type] : schema.type;
  if (types.length > 0 && !types.includes(typeOf(value)) && !(types.includes("number") && typeof value === "number"))
    return [...found, `${at}: ${typeOf(value)}, expected ${types.join(" or ")}`];
  if (schema.enum && !schema.enum.includes(value)) found.push(`${at}: ${JSON.stringify(value)}, expected one of ${schema.enum.join(", ")}`);
  if (Array.isArray(value)) return [...found, ...value.flatMap((item, index) => [...faults(description, schema.items ?? {}, item, `${at}[${index}]`, depth + 1)])];
  if (typeof value !== "object" || value === null) return found;
  const entries = value as Record<string, unknown>; // checked just above
  for (const name of schema.required ?? []) if (!(name in entries)) found.push(`${at}.${name}: missing`);
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    if (name in entries) found.push(...faults(description, property, entries[name], `${at}.${name}`, depth + 1));
  return found;
}

test("the fake answers as GitHub's published description says", { skip }, async () => {
  const description = JSON.parse(readFileSync(path, "utf8")) as Description; // OpenAPI 3
  const remote = await createBareRemote({ "a.txt": "one\n" });
  const clone = await remote.clone("user");
  const world = new ForgeWorld(remote.originPath);
  const forge = await startFakeGitHub(world);
  try {
    const head = clone.commitOn("topic", { "a.txt": "two\n" });
    clone.git("push", "--quiet", "origin", "topic");
    world.ci.set("build", () => ({ conclusion: "success" }));
    world.startChecks(head);
    const seen: string[] = [];
    const call = async (method: string, route: string, values: Readonly<Record<string, string | number>>, body?: object) => {
      const filled = route.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? { owner: "team", repo: "desk" }[name]));
      const response = await fetch(`${forge.url}${filled}`, {
        method,
        headers: { authorization: "token fake-token-of-the-agent" },
        redirect: "manual",
        signal: AbortSignal.timeout(10_000),
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      const answer = description.paths[route]?.[method.toLowerCase()]?.responses[String(response.status)];
      assert.ok(answer, `${method} ${route} may answer ${response.status}`);
      const schema = answer.content?.["application/json"]?.schema;
      if (schema && response.status < 300) seen.push(...faults(description, schema, await response.json(), `${method} ${route}`));
    };
    const pull = { pull_number: 1, issue_number: 1 };
    await call("GET", "/user", {});
    await call("POST", "/repos/{owner}/{repo}/pulls", {}, { head: "topic", base: "main", title: "t", body: "b" });
    await call("GET", "/repos/{owner}/{repo}/pulls", {});
    await call("GET", "/repos/{owner}/{repo}/pulls/{pull_number}", pull);
    await call("PATCH", "/repos/{owner}/{repo}/pulls/{pull_number}", pull, { title: "u" });
    await call("POST", "/repos/{owner}/{repo}/issues/{issue_number}/comments", pull, { body: "c" });
    await call("POST", "/repos/{owner}/{repo}/pulls/{pull_number}/comments", pull, { body: "c", commit_id: head, path: "a.txt", line: 1 });
    const inline = world.comments.at(-1)?.id ?? 0;
    await call("POST", "/repos/{owner}/{repo}/pulls/{pull_number}/comments/{comment_id}/replies", { ...pull, comment_id: inline }, { body: "r" });
    const run = world.checks[0]?.id ?? 0;
    await call("GET", "/repos/{owner}/{repo}/check-runs/{check_run_id}", { check_run_id: run });
    await call("GET", "/repos/{owner}/{repo}/check-runs/{check_run_id}/annotations", { check_run_id: run });
    await call("POST", "/repos/{owner}/{repo}/check-runs/{check_run_id}/rerequest", { check_run_id: run });
    await call("GET", "/repos/{owner}/{repo}/actions/jobs/{job_id}/logs", { job_id: run });
    await call("POST", "/repos/{owner}/{repo}/statuses/{sha}", { sha: head }, { context: "c", state: "success", description: "d" });
    await call("PUT", "/repos/{owner}/{repo}/pulls/{pull_number}/merge", pull, { sha: head });
    await call("DELETE", "/repos/{owner}/{repo}/git/refs/{ref}", { ref: "heads/topic" });
    assert.deepEqual(seen, []);
  } finally { await forge.close(); await remote.dispose(); }
});

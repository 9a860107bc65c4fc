// Requests to GitHub: octokit over our own bounded fetch, every answer parsed, every refusal in GitHub's own words. Knows addresses, no meaning.
import { Octokit } from "@octokit/core";
import { z } from "zod";
import { InspanError, messageOf } from "../../../base/errors.ts";
import { boundText } from "../../../base/text.ts";
import type { Secret } from "../../../providers/index.ts";
import type { BoundedFetch } from "./bounded-fetch.ts";

export interface GitHubOptions { readonly baseUrl: string; readonly repository: string; readonly token: Secret; readonly fetch: BoundedFetch }

export const statusOf = (error: unknown): number | undefined => (typeof error === "object" && error !== null && "status" in error && typeof error.status === "number" ? error.status : undefined);

/** GitHub's own words with what was tried; what it does not let us do is no failure of ours to repeat. */
export function refusal(action: string, error: unknown): unknown {
  // Octokit wraps what our own fetch said.
  const own = error instanceof Error && error.cause instanceof Error && (error.cause instanceof InspanError || error.cause.name === "AbortError") ? error.cause : error;
  const status = statusOf(error);
  if (own instanceof InspanError || own !== error || status === undefined) return own;
  const said = boundText(messageOf(error), 600);
  if (status === 401) return new InspanError("FORGE_TOKEN", `Cannot ${action}: the forge does not know the token (401), expected a valid one.`, { kind: "usage", remedy: "set a token that may read and write pull requests", cause: error });
  return new InspanError("FORGE_REFUSED", `Cannot ${action}: the forge answered ${status} (${said}).`, { remedy: "inspan doctor", isRetryable: status >= 500, cause: error });
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown, action: string): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new InspanError("FORGE_UNREADABLE", `Cannot ${action}: the answer is not what GitHub documents (${issue?.path.join(".") ?? ""}: ${issue?.message ?? "wrong form"}).`, { remedy: "check forge.url in inspan.yaml", isRetryable: true });
}

export interface GitHubClient {
  readonly options: GitHubOptions;
  readonly apiUrl: string;
  ask<Schema extends z.ZodType>(action: string, schema: Schema, route: string, parameters?: Record<string, unknown>): Promise<z.infer<Schema>>;
  graph<Schema extends z.ZodType>(action: string, schema: Schema, query: string, variables: Record<string, unknown>): Promise<z.infer<Schema>>;
}

/** `{owner}` and `{repo}` of a route are the repository's. */
export function createGitHubClient(options: GitHubOptions): GitHubClient {
  const [owner = "", repo = ""] = options.repository.split("/");
  const apiUrl = options.baseUrl.replace(/\/+$/, "");
  // A server of one's own has REST below /api/v3 and GraphQL beside it.
  const graphUrl = `${apiUrl.replace(/\/api\/v3$/, "/api")}/graphql`;
  const quiet = () => undefined;
  const octokit = new Octokit({ auth: options.token.reveal(), baseUrl: apiUrl, userAgent: "inspan", request: { fetch: options.fetch }, log: { debug: quiet, info: quiet, warn: quiet, error: quiet } });
  const ask: GitHubClient["ask"] = async (action, schema, route, parameters = {}) => {
    let data: unknown;
    try { ({ data } = await octokit.request(route, { owner, repo, ...parameters })); } catch (error) { throw refusal(action, error); }
    return parsed(schema, data, action);
  };
  return {
    options, apiUrl, ask,
    graph: async (action, schema, query, variables) => {
      const answer = await ask(action, z.object({ data: z.unknown(), errors: z.array(z.object({ message: z.string() })).optional() }), `POST ${graphUrl}`, { query, variables: { owner, name: repo, ...variables } });
      if (answer.errors && answer.errors.length > 0 && (answer.data === null || answer.data === undefined)) throw new InspanError("FORGE_REFUSED", `Cannot ${action}: ${boundText(answer.errors.map(({ message }) => message).join("; "), 600)}.`, { remedy: "inspan doctor", isRetryable: true });
      return parsed(schema, answer.data, action);
    },
  };
}

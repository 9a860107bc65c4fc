// Requests to GitHub: octokit over our own bounded fetch, every answer parsed, every refusal in GitHub's own words. Knows addresses, no meaning.
import { Octokit } from "@octokit/core";
import { z } from "zod";
import { InspanError, messageOf } from "../../../base/errors.ts";
import { boundText } from "../../../base/text.ts";
import type { Secret } from "../../../providers/index.ts";
import type { BoundedFetch } from "./bounded-fetch.ts";
import { movedAway } from "./limits.ts";

export interface GitHubOptions { readonly baseUrl: string; readonly repository: string; readonly token: Secret; readonly fetch: BoundedFetch }

export const statusOf = (error: unknown): number | undefined =>
  typeof error === "object" && error !== null && "status" in error && typeof error.status === "number" ? error.status : undefined;

/** GitHub's own words with what was tried; what it does not let us do is no failure of ours to repeat. */
export function refusal(action: string, error: unknown, token: Secret): unknown {
  // Octokit wraps what our own fetch said.
  const own = error instanceof Error && error.cause instanceof Error && (error.cause instanceof InspanError || error.cause.name === "AbortError") ? error.cause : error;
  const status = statusOf(error);
  if (own instanceof InspanError || own !== error || status === undefined) return own;
  // A proxy may give back what it was sent.
  const said = boundText(messageOf(error).replaceAll(token.reveal(), "***"), 600);
  if (status === 401)
    return new InspanError("FORGE_TOKEN", `Cannot ${action}: the forge does not know the token (401), expected a valid one.`, {
      kind: "usage",
      remedy: "set a token that may read and write pull requests",
      cause: error,
    });
  return new InspanError("FORGE_REFUSED", `Cannot ${action}: the forge answered ${status} (${said}).`, { remedy: "inspan doctor", isRetryable: status >= 500, cause: error });
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown, action: string): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new InspanError(
    "FORGE_UNREADABLE",
    `Cannot ${action}: the answer is not what GitHub documents (${[...(issue?.path ?? []), issue?.message ?? "wrong form"].join(": ")}).`,
    { remedy: "check forge.url in inspan.yaml", isRetryable: true },
  );
}

// GitHub tells a used limit of GraphQL with 200.
const GraphAnswer = z.object({ data: z.unknown(), errors: z.array(z.object({ message: z.string(), type: z.string().nullish() })).nullish() });

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
  const octokit = new Octokit({
    auth: options.token.reveal(),
    baseUrl: apiUrl,
    userAgent: "inspan",
    request: { fetch: options.fetch },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
  const ask: GitHubClient["ask"] = async (action, schema, route, parameters = {}) => {
    let answer: { readonly data: unknown; readonly status: number; readonly headers: { readonly location?: string | undefined } };
    try { answer = await octokit.request(route, { owner, repo, ...parameters }); } catch (error) { throw refusal(action, error, options.token); }
    if (answer.status >= 300) throw movedAway(action, answer.status, answer.headers.location);
    return parsed(schema, answer.data, action);
  };
  return {
    options, apiUrl, ask,
    graph: async (action, schema, query, variables) => {
      const { data, errors } = await ask(action, GraphAnswer, `POST ${graphUrl}`, {
        query,
        variables: { owner, name: repo, ...variables },
        request: { fetch: options.fetch.question },
      });
      const found = schema.safeParse(data);
      if (found.success) return found.data; // what is missing beside it was asked for as "may be missing"
      if (errors && errors.length > 0) {
        const said = boundText(errors.map(({ message }) => message.replaceAll(options.token.reveal(), "***")).join("; "), 600);
        if (errors.some(({ type }) => type === "RATE_LIMITED"))
          throw new InspanError("FORGE_LIMITED", `Cannot ${action}: ${said}, expected some requests left.`, {
            remedy: "wait until the hour is over, and do the same again",
            isRetryable: true,
          });
        const isFinal = errors.every(({ type }) => type === "NOT_FOUND" || type === "FORBIDDEN");
        throw new InspanError("FORGE_REFUSED", `Cannot ${action}: the forge says: ${said}.`, {
          remedy: isFinal ? "check forge.repository in inspan.yaml, and what the token may read" : "inspan doctor",
          isRetryable: !isFinal,
        });
      }
      return parsed(schema, data, action);
    },
  };
}

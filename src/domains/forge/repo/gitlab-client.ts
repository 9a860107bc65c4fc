// Requests to GitLab: REST version 4 by our own bounded fetch, every answer parsed, every refusal in GitLab's own words. Knows addresses, no meaning.
import { z } from "zod";
import { InspanError } from "../../../base/errors.ts";
import { boundText } from "../../../base/text.ts";
import type { Secret } from "../../../providers/index.ts";
import type { BoundedFetch } from "./bounded-fetch.ts";
import { movedAway } from "./limits.ts";

export interface GitLabOptions { readonly baseUrl: string; readonly repository: string; readonly token: Secret; readonly fetch: BoundedFetch }

// A hundred a page is the most that GitLab gives.
const perPage = 100;
// A thousand things of one kind on one merge request are a flood; what is beyond is told as cut.
const pagesMax = 10;

export class LabRefusal extends InspanError {
  readonly status: number;
  constructor(action: string, status: number, said: string) {
    super(status === 401 ? "FORGE_TOKEN" : "FORGE_REFUSED", `Cannot ${action}: the forge answered ${status} (${boundText(said, 600)}).`, {
      remedy: status === 401 ? "set a token that may read and write merge requests" : "inspan doctor",
      isRetryable: status >= 500,
      ...(status === 401 ? { kind: "usage" as const } : {}),
    });
    this.status = status;
  }
}

export const isRefusal = (error: unknown, ...statuses: readonly number[]): boolean => error instanceof LabRefusal && statuses.includes(error.status);

export interface GitLabClient {
  readonly repository: string;
  /** Paths begin at the project, but for `/user`. */
  ask<Schema extends z.ZodType>(
    action: string,
    schema: Schema,
    call: { readonly method?: string; readonly path: string; readonly body?: Readonly<Record<string, unknown>> },
  ): Promise<z.infer<Schema>>;
  /** All pages of a list, in its order; `isEnough` ends it early. */
  askAll<Schema extends z.ZodType>(
    action: string,
    schema: Schema,
    path: string,
    isEnough?: (page: readonly z.infer<Schema>[]) => boolean,
  ): Promise<{ readonly items: readonly z.infer<Schema>[]; readonly isCut: boolean }>;
  readText(action: string, path: string): Promise<string>;
}

/** GitLab takes out of a page what the asker may not read, after it cut the page: a short one need not be the last. */
function isLastPage(headers: Headers, count: number): boolean {
  const [next, link] = [headers.get("x-next-page"), headers.get("link")];
  if (next !== null) return next === "";
  return link === null ? count < perPage : !/rel="?next/i.test(link);
}

/** GitLab says what is wrong as a text, a list, or lists by field. */
function wordsOf(answer: string): string {
  try {
    const { message, error } = z.object({ message: z.unknown().optional(), error: z.unknown().optional() }).parse(JSON.parse(answer));
    const said = message ?? error ?? answer;
    return typeof said === "string" ? said : JSON.stringify(said);
  } catch { return answer.replaceAll(/\s+/g, " ").trim(); } // a page of something else
}

export function createGitLabClient({ baseUrl, repository, token, fetch }: GitLabOptions): GitLabClient {
  const root = baseUrl.replace(/\/+$/, "");
  const project = `${root}/projects/${encodeURIComponent(repository)}`;
  const send = async (action: string, path: string, init: RequestInit): Promise<{ readonly text: string; readonly headers: Headers }> => {
    const response = await fetch(path.startsWith("/user") ? `${root}${path}` : `${project}${path}`, {
      ...init,
      headers: { "private-token": token.reveal(), "user-agent": "inspan", ...(init.body === undefined ? {} : { "content-type": "application/json" }) },
    });
    const text = await response.text();
    if (response.status >= 300 && response.status < 400) throw movedAway(action, response.status, response.headers.get("location"));
    // A proxy may give back what it was sent.
    if (!response.ok) throw new LabRefusal(action, response.status, wordsOf(text).replaceAll(token.reveal(), "***"));
    return { text, headers: response.headers };
  };
  const read = <Schema extends z.ZodType>(action: string, schema: Schema, text: string): z.infer<Schema> => {
    let value: unknown;
    try { value = text === "" ? {} : JSON.parse(text); } catch { value = undefined; } // a page of something else
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw new InspanError(
      "FORGE_UNREADABLE",
      `Cannot ${action}: the answer is not what GitLab documents (${[...(issue?.path ?? []), issue?.message ?? "wrong form"].join(": ")}).`,
      { remedy: "check forge.url in inspan.yaml", isRetryable: true },
    );
  };
  return {
    repository,
    readText: async (action, path) => (await send(action, path, {})).text,
    ask: async (action, schema, { method = "GET", path, body }) =>
      read(action, schema, (await send(action, path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })).text),
    askAll: async (action, schema, path, isEnough = () => false) => {
      const items: z.infer<typeof schema>[] = [];
      let last = "";
      for (let page = 1; page <= pagesMax; page++) {
        const { text, headers } = await send(action, `${path}${path.includes("?") ? "&" : "?"}per_page=${perPage}${page === 1 ? "" : `&page=${page}`}`, {});
        const found = read(action, z.array(schema), text);
        // The pages are counted by us; one that comes again leads nowhere. Two of which nothing may be read are alike.
        if (text === last && found.length > 0) return { items, isCut: true };
        last = text;
        items.push(...found);
        if (isLastPage(headers, found.length) || isEnough(found)) return { items, isCut: false };
      }
      return { items, isCut: true };
    },
  };
}

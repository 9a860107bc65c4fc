// What forges and chats send to a webhook, as signals. Who sent it was proved before; what it says is untrusted text that is only kept. Pure.
import { z } from "zod";
import { parseJson } from "../../../base/json.ts";
import type { Signal } from "../types.ts";
import { fromText, readSignals, type ReceivedSignal } from "./intake.ts";

export const webhookSources = ["github", "gitlab", "slack", "sentry", "alertmanager", "text"] as const;
export type WebhookSource = (typeof webhookSources)[number];

/** "@inspan keep: …", "@inspan remember …": somebody asks that nobody has to say it again. The rest of the words is the lesson. */
const lessonPattern = /@inspan\b[ \t,:]*(?:please[ \t]+)?(?:keep|remember|learn|lesson)\b(?:[ \t]+(?:this|that|it|a lesson|lesson))?[ \t]*[:,]?[ \t]*/i;
const textCharsMax = 16_000;

const person = z.object({ login: z.string().optional(), username: z.string().optional(), type: z.string().optional() });
const githubComment = z.object({
  id: z.number(),
  body: z.string().nullish(),
  html_url: z.string().default(""),
  path: z.string().optional(),
  line: z.number().nullish(),
  commit_id: z.string().optional(),
  user: person.nullish(),
  author_association: z.string().default("NONE"),
  state: z.string().optional(),
});
const github = z.object({
  action: z.string().default(""),
  comment: githubComment.optional(),
  review: githubComment.optional(),
  pull_request: z.object({ html_url: z.string().default("") }).optional(),
});
const githubOpened = z.object({
  action: z.enum(["opened", "created"]),
  issue: githubComment.optional(),
  pull_request: githubComment.optional(),
  discussion: githubComment.optional(),
});
const githubRun = z.object({
  id: z.number(),
  name: z.string().nullish(),
  conclusion: z.string().nullish(),
  html_url: z.string().default(""),
  head_sha: z.string().optional(),
  output: z.object({ title: z.string().nullish(), summary: z.string().nullish() }).nullish(),
});
const githubRuns = z.object({ action: z.string().default(""), workflow_run: githubRun.optional(), check_run: githubRun.optional() });
const gitlab = z.object({
  object_kind: z.string(), user: person.nullish(), project: z.object({ web_url: z.string().default("") }).nullish(),
  object_attributes: z.object({
    id: z.number(),
    note: z.string().optional(),
    url: z.string().optional(),
    status: z.string().optional(),
    sha: z.string().optional(),
    action: z.string().optional(),
    position: z.object({ new_path: z.string().nullish(), new_line: z.number().nullish() }).nullish(),
  }),
  builds: z.array(z.object({ id: z.number(), name: z.string(), status: z.string(), failure_reason: z.string().nullish() })).optional(),
});
const slack = z.object({
  type: z.string(),
  event_id: z.string().optional(),
  team_id: z.string().optional(),
  event: z
    .object({
      type: z.string(),
      text: z.string().default(""),
      channel: z.string().default(""),
      ts: z.string().default(""),
      bot_id: z.string().optional(),
      user: z.string().optional(),
    })
    .optional(),
});

/** A comment has one address, whichever way it came: by a webhook, by a look at the forge, to a task that answers it. */
export function onceOfComment(address: string, otherwise: string): string {
  return /^https?:\/\/\S{1,500}#\S{1,200}$/.test(address) ? `said:${address}` : otherwise;
}

/** A check by the id that a look at the forge gives it (`run:7` of GitHub, `job:7` of GitLab) is that of its webhook. */
export function onceOfCheck(id: string): string {
  const [, kind, number] = /^(run|job):(\d{1,20})$/.exec(id) ?? [];
  return kind === undefined ? `check:${id}` : `${kind === "run" ? "github:check_run" : "gitlab:build"}:${number ?? ""}`;
}

interface Said {
  /** Of a comment on a forge. */ readonly address?: string | undefined;
  readonly once: string;
  readonly who: string;
  readonly text: string;
  readonly link: string;
  readonly mayTeach: boolean;
  readonly commit?: string | undefined;
  readonly source: string;
}

/** A comment, or a lesson where somebody asks to keep it who may; undefined where nothing is said. */
export function fromSaid({ once, address = "", who, text, link, mayTeach, commit, source }: Said): ReceivedSignal | undefined {
  const bounded = text.slice(0, textCharsMax).trim();
  const asks = lessonPattern.exec(bounded);
  const lesson = asks === null ? bounded : `${bounded.slice(0, asks.index)} ${bounded.slice(asks.index + asks[0].length)}`.trim();
  if (lesson === "") return undefined;
  const kind: Signal["kind"] = asks !== null && mayTeach ? "lesson" : "comment";
  const { signal } = fromText(lesson, { kind, title: undefined, link });
  return {
    once: onceOfComment(address, `${source}:${once}`),
    signal: { ...signal, text: who === "" ? signal.text : `${who}: ${signal.text}`, ...(commit === undefined ? {} : { commit }) },
  };
}

/** What a proved request says; empty where it says nothing that is feedback. `event` is the forge's own name of it. */
export function readWebhook(source: WebhookSource, body: string, event: string): readonly ReceivedSignal[] {
  switch (source) {
    case "github": return readGithub(parseJson(body), event);
    case "gitlab": return readGitlab(parseJson(body));
    case "slack": return readSlack(parseJson(body));
    case "sentry": case "alertmanager": return readSignals(body, source);
    case "text": return body.trim() === "" ? [] : [fromText(body.slice(0, textCharsMax), { kind: "comment", title: undefined, link: "" })];
  }
}

const trustedAuthors = new Set(["OWNER", "MEMBER", "COLLABORATOR"]);

function readGithub(payload: unknown, event: string): readonly ReceivedSignal[] {
  if (event === "workflow_run" || event === "check_run") return readGithubRun(payload, event);
  const parsed = github.safeParse(payload);
  if (["issues", "pull_request", "discussion"].includes(event)) return readGithubOpened(payload, event);
  if (!parsed.success || !["issue_comment", "pull_request_review", "pull_request_review_comment", "commit_comment", "discussion_comment"].includes(event)) return [];
  const said = parsed.data.comment ?? parsed.data.review;
  // An edit or a deletion says nothing new; what Inspan itself wrote carries its marker.
  if (said === undefined || !["created", "submitted"].includes(parsed.data.action) || (said.body ?? "").includes("<!-- inspan:")) return [];
  // An approval praises, and teaches nothing.
  if (/^(?:approved|dismissed)$/i.test(said.state ?? "")) return [];
  const place = said.path === undefined ? said.html_url : `${said.path}${said.line == null ? "" : `:${said.line}`} ${said.html_url}`;
  const found = fromSaid({
    source: "github",
    once: `${event === "pull_request_review" ? "review" : "comment"}:${said.id}`,
    address: said.html_url,
    who: said.user?.login === undefined ? "" : `@${said.user.login}`,
    text: said.body ?? "",
    link: place,
    mayTeach: trustedAuthors.has(said.author_association),
    commit: said.commit_id,
  });
  return found === undefined
    ? []
    : [
        event === "issue_comment" || event === "discussion_comment"
          ? found
          : { ...found, signal: { ...found.signal, kind: found.signal.kind === "lesson" ? "lesson" : "review-comment" } },
      ];
}

/** What somebody opens asks for work, and is no feedback, unless it asks to keep something. */
function readGithubOpened(payload: unknown, event: string): readonly ReceivedSignal[] {
  const { data } = githubOpened.safeParse(payload);
  const said = data?.issue ?? data?.pull_request ?? data?.discussion;
  if (said === undefined || !trustedAuthors.has(said.author_association) || (said.body ?? "").includes("<!-- inspan:") || !lessonPattern.test(said.body ?? "")) return [];
  const found = fromSaid({
    source: "github",
    once: `${event}:${said.id}`,
    who: said.user?.login === undefined ? "" : `@${said.user.login}`,
    text: said.body ?? "",
    link: said.html_url,
    mayTeach: true,
  });
  return found === undefined ? [] : [found];
}

function failedCheck(given: { readonly once: string; readonly name: string; readonly text: string; readonly link: string; readonly commit: string | undefined }): ReceivedSignal {
  return {
    once: given.once,
    signal: {
      kind: "failed-check",
      title: `${given.name}: failed`,
      text: given.text,
      link: given.link,
      cause: `check:${given.name}`,
      ...(given.commit === undefined ? {} : { commit: given.commit }),
    },
  };
}

function readGithubRun(payload: unknown, event: string): readonly ReceivedSignal[] {
  const parsed = githubRuns.safeParse(payload);
  const run = parsed.success ? parsed.data.workflow_run ?? parsed.data.check_run : undefined;
  if (run === undefined || parsed.data?.action !== "completed" || !["failure", "timed_out", "startup_failure"].includes(run.conclusion ?? "")) return [];
  return [
    failedCheck({
      once: `github:${event}:${run.id}`,
      name: run.name ?? event,
      text: [run.output?.title, run.output?.summary].filter((part) => part != null && part !== "").join("\n"),
      link: run.html_url,
      commit: run.head_sha,
    }),
  ];
}

function readGitlab(payload: unknown): readonly ReceivedSignal[] {
  const parsed = gitlab.safeParse(payload);
  if (!parsed.success) return [];
  const { object_kind: kind, object_attributes: at, user, builds = [], project } = parsed.data;
  if (kind === "pipeline" && at.status === "failed") {
    return builds
      .filter(({ status }) => status === "failed")
      .slice(0, 50)
      .map((build) =>
        failedCheck({
          once: `gitlab:build:${build.id}`,
          name: build.name,
          text: build.failure_reason ?? "",
          link: `${project?.web_url ?? ""}/-/jobs/${build.id}`,
          commit: at.sha,
        }),
      );
  }
  if (kind !== "note" || at.note === undefined || at.note.includes("<!-- inspan:") || at.action === "update") return [];
  const place = at.position?.new_path == null ? at.url ?? "" : `${at.position.new_path}${at.position.new_line == null ? "" : `:${at.position.new_line}`} ${at.url ?? ""}`;
  // The hook tells nothing of the author's rights. A lesson only ever becomes a proposal, and that a person merges.
  const found = fromSaid({
    source: "gitlab",
    once: `note:${at.id}`,
    address: at.url,
    who: user?.username === undefined ? "" : `@${user.username}`,
    text: at.note,
    link: place,
    mayTeach: true,
  });
  return found === undefined ? [] : [found];
}

function readSlack(payload: unknown): readonly ReceivedSignal[] {
  const parsed = slack.safeParse(payload);
  const event = parsed.success ? parsed.data.event : undefined;
  if (event === undefined || event.bot_id !== undefined || !["app_mention", "message"].includes(event.type)) return [];
  // The bot's own mention is "<@U…>": in a chat it is who is asked.
  const text = event.text.replace(/<@[A-Z0-9]+>/, "@inspan");
  if (event.type === "message" && !lessonPattern.test(text)) return [];
  const found = fromSaid({ source: "slack", once: `${event.channel}:${event.ts}`, who: event.user ?? "", text, link: `slack:${event.channel}/${event.ts}`, mayTeach: true });
  return found === undefined ? [] : [found];
}

// Who sent a webhook: each source's own proof over the bytes as they came. Says nothing about what they mean.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { WebhookSource } from "../service/webhooks.ts";

/** Slack's own bound: an older request is a replay. */
const slackAgeSecondsMax = 300;

export interface Delivery { readonly source: WebhookSource; readonly header: (name: string) => string | undefined; readonly body: Buffer; readonly query: URLSearchParams }
export type DeliveryVerdict = { readonly kind: "proved" } | { readonly kind: "refused"; readonly reason: string };

const refused = (reason: string): DeliveryVerdict => ({ kind: "refused", reason });
const hmac = (secret: string, ...parts: readonly (string | Buffer)[]): string => parts.reduce((digest, part) => digest.update(part), createHmac("sha256", secret)).digest("hex");

/** In constant time for texts of any length. */
function isSame(left: string, right: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

function judgeSignature(given: string | undefined, expected: string, name: string): DeliveryVerdict {
  if (given === undefined) return refused(`the header ${name} is missing`);
  return isSame(given, expected) ? { kind: "proved" } : refused(`the header ${name} does not fit the body`);
}

function judgeToken(given: string | undefined, secret: string, name: string): DeliveryVerdict {
  if (given === undefined) return refused(`${name} is missing`);
  return isSame(given, secret) ? { kind: "proved" } : refused(`${name} is another`);
}

export function judgeDelivery({ source, header, body, query }: Delivery, secret: string, nowMs: number): DeliveryVerdict {
  switch (source) {
    case "github": return judgeSignature(header("x-hub-signature-256"), `sha256=${hmac(secret, body)}`, "X-Hub-Signature-256");
    case "gitlab": return judgeToken(header("x-gitlab-token"), secret, "the header X-Gitlab-Token");
    case "slack": {
      const stamp = header("x-slack-request-timestamp") ?? "";
      if (!/^\d{1,12}$/.test(stamp)) return refused("the header X-Slack-Request-Timestamp is missing");
      if (Math.abs(nowMs / 1000 - Number(stamp)) > slackAgeSecondsMax) return refused(`the request is not of the last ${slackAgeSecondsMax} seconds`);
      return judgeSignature(header("x-slack-signature"), `v0=${hmac(secret, `v0:${stamp}:`, body)}`, "X-Slack-Signature");
    }
    case "sentry": {
      // A webhook of Sentry is signed; its client libraries name the key of their address instead.
      const key = query.get("sentry_key") ?? /sentry_key=([\w-]{1,200})/.exec(header("x-sentry-auth") ?? "")?.[1];
      return key === undefined ? judgeSignature(header("sentry-hook-signature"), hmac(secret, body), "Sentry-Hook-Signature") : judgeToken(key, secret, "sentry_key");
    }
    case "alertmanager": return judgeToken(/^Bearer (\S{1,500})$/.exec(header("authorization") ?? "")?.[1], secret, "the bearer token");
    case "text": return judgeSignature(header("x-inspan-signature-256"), `sha256=${hmac(secret, body)}`, "X-Inspan-Signature-256");
  }
}

/** The same bytes of the same source are the same delivery, whatever unsigned header says. */
export function deliveryId(source: WebhookSource, body: Buffer, stamp: string): string {
  return `${source}:${createHash("sha256").update(stamp).update("\0").update(body).digest("hex")}`;
}

// What all processes of a repository know of its forge together: answers by ETag, the common picture of open pull requests, how many requests were made.
import { join } from "node:path";
import type { Databases } from "../../../providers/index.ts";
import { PullSnapshot } from "../types.ts";
import type { AnswerCache } from "./bounded-fetch.ts";

const migrations = [
  `create table answer (url text primary key, etag text not null, body text not null, headers text not null, used_at integer not null) strict;
   create table picture (id integer primary key check (id = 1), at integer not null, claimed_at integer not null, data text not null) strict;
   create table requests (hour integer primary key, count integer not null) strict;
   create table rerun (head text not null, name text not null, at integer not null, primary key (head, name)) strict;`,
];

// Pull requests that ended long ago are not asked for again; the file stays small.
const answersMax = 2_000;
// A process that was killed while it looked; the next one looks instead.
const claimMsMax = 60_000;

export interface Picture { readonly atMs: number; readonly pulls: readonly PullSnapshot[] }

export interface ForgeStore {
  readonly cache: AnswerCache;
  /** The common picture where it is young enough; otherwise one process is told to look, and the others to wait for it. */
  picture(
    nowMs: number,
    freshMs: number,
  ):
    | { readonly kind: "fresh"; readonly picture: Picture }
    | { readonly kind: "look"; /** What the last look found, however old. */ readonly known: readonly PullSnapshot[] }
    | { readonly kind: "wait" };
  writePicture(nowMs: number, pulls: readonly PullSnapshot[]): void;
  /** We wrote something: what was seen before it is old. */
  expirePicture(): void;
  /** The look failed: the next one may try. */
  releasePicture(): void;
  /** Counts how often each check was run again on this head. */
  reruns(head: string): ReadonlyMap<string, number>;
  /** True for the first call only: a check is run again once for each head, whatever process asks. */
  noteRerun(head: string, name: string, nowMs: number): boolean;
  requestsSince(sinceMs: number): number;
  close(): void;
}

const hourOf = (ms: number): number => Math.floor(ms / 3_600_000);

export function openForgeStore(databases: Databases, repositoryStatePath: string, nowMs: () => number): ForgeStore {
  const database = databases.open(join(repositoryStatePath, "forge.db"), migrations);
  const readPicture = (data: string): readonly PullSnapshot[] | undefined => {
    const parsed = PullSnapshot.array().safeParse(JSON.parse(data));
    return parsed.success ? parsed.data : undefined; // written by another version: as if there were none
  };
  return {
    cache: {
      read: (url) => {
        const row = database.get("select etag, body, headers from answer where url = ?", url);
        return row && { etag: String(row["etag"]), body: String(row["body"]), headers: JSON.parse(String(row["headers"])) as Record<string, string> }; // written below
      },
      write: (url, { etag, body, headers }) => {
        database.run(
          "insert into answer (url, etag, body, headers, used_at) values (?, ?, ?, ?, ?) on conflict (url) do update set etag = excluded.etag, body = excluded.body, headers = excluded.headers, used_at = excluded.used_at",
          url,
          etag,
          body,
          JSON.stringify(headers),
          nowMs(),
        );
        database.run("delete from answer where url in (select url from answer order by used_at desc limit -1 offset ?)", answersMax);
      },
      count: (requests) => {
        database.run(
          "insert into requests (hour, count) values (?, ?) on conflict (hour) do update set count = count + excluded.count",
          hourOf(nowMs()),
          requests,
        );
      },
    },
    picture: (now, freshMs) => database.transaction(() => {
      const row = database.get("select at, claimed_at, data from picture where id = 1");
      const pulls = row && now - Number(row["at"]) < freshMs ? readPicture(String(row["data"])) : undefined;
      if (row && pulls) return { kind: "fresh" as const, picture: { atMs: Number(row["at"]), pulls } };
      if (row && now - Number(row["claimed_at"]) < claimMsMax) return { kind: "wait" as const };
      database.run("insert into picture (id, at, claimed_at, data) values (1, 0, ?, '[]') on conflict (id) do update set claimed_at = excluded.claimed_at", now);
      return { kind: "look" as const, known: (row && readPicture(String(row["data"]))) ?? [] };
    }),
    writePicture: (now, pulls) => {
      database.run(
        "insert into picture (id, at, claimed_at, data) values (1, ?, 0, ?) on conflict (id) do update set at = excluded.at, claimed_at = 0, data = excluded.data",
        now,
        JSON.stringify(pulls),
      );
    },
    expirePicture: () => { database.run("update picture set at = 0 where id = 1"); },
    releasePicture: () => { database.run("update picture set claimed_at = 0 where id = 1"); },
    reruns: (head) =>
      new Map(
        database.all("select name, count(*) as count from rerun where head = ? group by name", head).map((row) => [String(row["name"]), Number(row["count"])]),
      ),
    noteRerun: (head, name, now) => database.run("insert into rerun (head, name, at) values (?, ?, ?) on conflict do nothing", head, name, now).changes > 0,
    requestsSince: (since) => Number(database.get("select coalesce(sum(count), 0) as count from requests where hour >= ?", hourOf(since))?.["count"] ?? 0),
    close: () => database.close(),
  };
}

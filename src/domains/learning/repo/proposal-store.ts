// What became of each cluster: one row a proposal, refusal or notice. The only reader and writer of learning.db.
import { join } from "node:path";
import type { Databases, SqlRow } from "../../../providers/index.ts";
import { Proposal, type ProposalState } from "../types.ts";

const migrations = [
  `create table proposal (id text primary key, cluster text not null, guardrail text not null, at text not null, state text not null, data text not null) strict;
   create index proposal_cluster on proposal (cluster);`,
];

export interface ProposalStore {
  add(proposal: Proposal): void;
  setState(proposal: Proposal, state: ProposalState): void;
  /** Newest first. */
  list(countMax: number): readonly Proposal[];
  close(): void;
}

const toProposal = (row: SqlRow): Proposal => Proposal.parse({ ...Proposal.partial().loose().parse(JSON.parse(String(row["data"]))), state: row["state"] });

export function openProposalStore(databases: Databases, repositoryStatePath: string): ProposalStore {
  const database = databases.open(join(repositoryStatePath, "learning.db"), migrations);
  return {
    add: (proposal) => {
      database.run(
        "insert or replace into proposal (id, cluster, guardrail, at, state, data) values (?, ?, ?, ?, ?, ?)",
        proposal.id,
        proposal.cluster,
        proposal.guardrail,
        proposal.at,
        proposal.state,
        JSON.stringify(proposal),
      );
    },
    setState: ({ id }, state) => { database.run("update proposal set state = ? where id = ?", state, id); },
    list: (countMax) => database.all("select * from proposal order by rowid desc limit ?", countMax).map(toProposal),
    close: () => { database.close(); },
  };
}

// The forge of a repository, by its configuration and its remote; and the common picture of open pull requests that all tasks share.
import { InspanError } from "../../../base/errors.ts";
import type { Configuration } from "../../../base/config-section.ts";
import type { Providers, Secret } from "../../../providers/index.ts";
import type { Repository } from "../../worktree/index.ts";
import { forgeSection, type ForgeConfig } from "../config.ts";
import { createBoundedFetch } from "../repo/bounded-fetch.ts";
import { openForgeStore, type ForgeStore } from "../repo/store.ts";
import { kindOfHost, parseRemoteAddress, publicApiUrls } from "../service/address.ts";
import type { Forge, ForgeKind, PullSnapshot } from "../types.ts";

export interface OpenedForge {
  readonly forge: Forge;
  readonly config: ForgeConfig;
  readonly store: ForgeStore;
  /** This pull request as the common picture shows it, at most `forge.pollSeconds` old; read alone where the picture lacks it. */
  look(number: number, signal: AbortSignal): Promise<PullSnapshot>;
  /** All open ones, from the same picture. */
  lookAtAll(signal: AbortSignal): Promise<readonly PullSnapshot[]>;
  close(): void;
}

// How soon a process sees what another one has read.
const waitMs = 250;
const tokenNames: Readonly<Record<ForgeKind, readonly string[]>> = { github: ["INSPAN_FORGE_TOKEN", "GITHUB_TOKEN", "GH_TOKEN"], gitlab: ["INSPAN_FORGE_TOKEN", "GITLAB_TOKEN"] };

interface Settled { readonly kind: ForgeKind; readonly baseUrl: string; readonly repository: string; readonly token: Secret }

/** Undefined where the repository has no forge that we may use; rejects with FORGE_TOKEN_MISSING and FORGE_REPOSITORY where one was asked for. */
function settle(providers: Pick<Providers, "secrets">, repository: Repository, config: ForgeConfig): Settled | undefined {
  if (config.kind === "none") return undefined;
  const address = parseRemoteAddress(repository.remote?.url ?? "");
  const kind = config.kind === "auto" ? (address === undefined ? undefined : kindOfHost(address.host)) : config.kind;
  if (kind === undefined) return undefined;
  const names = config.tokenEnv === undefined ? tokenNames[kind] : [config.tokenEnv];
  const token = names.map((name) => providers.secrets.fromEnvironment(name)).find((found) => found !== undefined);
  if (token === undefined) {
    if (config.kind === "auto") return undefined;
    throw new InspanError("FORGE_TOKEN_MISSING", `Cannot use ${kind}: none of ${names.join(", ")} is set.`, { kind: "usage", remedy: `export ${names[0] ?? ""}=<token>` });
  }
  const name = config.repository ?? address?.repository;
  if (name === undefined)
    throw new InspanError("FORGE_REPOSITORY", `Cannot tell which repository of ${kind} this is: the remote is "${repository.remote?.url ?? "none"}".`, {
      kind: "usage",
      remedy: "set forge.repository in inspan.yaml",
    });
  return { kind, baseUrl: config.url ?? publicApiUrls[kind], repository: name, token };
}

function createPicture(forge: Forge, store: ForgeStore, providers: Pick<Providers, "clock">, config: ForgeConfig): Pick<OpenedForge, "look" | "lookAtAll"> {
  const { clock } = providers;
  const lookAtAll: OpenedForge["lookAtAll"] = async (signal) => {
    for (;;) {
      signal.throwIfAborted();
      const turn = store.picture(clock.nowMs(), config.pollSeconds * 1000);
      if (turn.kind === "fresh") return turn.picture.pulls;
      if (turn.kind === "wait") { await clock.sleep(waitMs, signal); continue; }
      try {
        const pulls = await forge.readOpen(turn.known);
        store.writePicture(clock.nowMs(), pulls);
        return pulls;
      } catch (error) { store.releasePicture(); throw error; }
    }
  };
  return {
    lookAtAll,
    look: async (number, signal) => {
      const known = (await lookAtAll(signal)).find(({ pull }) => pull.number === number);
      return known === undefined || known.isCut ? forge.readSnapshot(number) : known;
    },
  };
}

/** Close it. Undefined: pull requests live in git notes on the bare remote. */
export async function openForge(options: {
  readonly providers: Providers;
  readonly repository: Repository;
  readonly configuration: Configuration;
  readonly signal: AbortSignal;
}): Promise<OpenedForge | undefined> {
  const { providers, repository, signal } = options;
  const config = options.configuration.read(forgeSection);
  const settled = settle(providers, repository, config);
  if (settled === undefined) return undefined;
  const store = openForgeStore(providers.databases, repository.statePath, () => providers.clock.nowMs());
  try {
    const fetch = createBoundedFetch({ clock: providers.clock, random: providers.random, cache: store.cache, signal });
    const forge =
      settled.kind === "github"
        ? (await import("../repo/github.ts")).createGitHub({ ...settled, fetch })
        : (await import("../repo/gitlab.ts")).createGitLab({ ...settled, fetch });
    return { forge, config, store, ...createPicture(forge, store, providers, config), close: () => store.close() };
  } catch (error) { store.close(); throw error; }
}

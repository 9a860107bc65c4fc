// The capability records of all drivers, as the drivers themselves go by them. Starts nothing.
import { acpClients, acpProfiles } from "../service/acp/profiles.ts";
import type { CapabilityRecord } from "../service/capability-table.ts";
import { codexVersion } from "../service/codex/protocol.ts";
import { acpCapabilities } from "./acp/session.ts";
import { builtinCapabilities } from "./builtin/driver.ts";
import { wireOf } from "./builtin/model.ts";
import { codexCapabilities, codexLoginCapabilities } from "./codex/session.ts";
import { commandCapabilities } from "./command/driver.ts";

/** Names for people. */
const wireTitles = { responses: "Responses", chat: "Chat Completions", messages: "Messages", gemini: "generateContent" } as const;

export const capabilityRecords: readonly CapabilityRecord[] = [
  {
    name: "builtin",
    version: undefined,
    protocol: "in our process",
    wires: [...new Set(Object.values(wireOf))].map((wire) => wireTitles[wire]),
    installs: [],
    capabilities: builtinCapabilities,
    withLogin: undefined,
  },
  {
    name: "codex",
    version: codexVersion,
    protocol: "app-server",
    wires: [wireTitles.responses],
    installs: [`@openai/codex@${codexVersion}`],
    capabilities: codexCapabilities,
    withLogin: codexLoginCapabilities,
  },
  ...acpClients.map((name): CapabilityRecord => {
    const profile = acpProfiles[name];
    return {
      name,
      version: profile.version,
      protocol: "Agent Client Protocol 1",
      wires: [wireTitles[profile.wire]],
      installs: profile.installs,
      capabilities: acpCapabilities(profile, "own-home"),
      withLogin: acpCapabilities(profile, "user"),
    };
  }),
  {
    name: "a command",
    version: undefined,
    protocol: "standard input and output",
    wires: Object.values(wireTitles),
    installs: [],
    capabilities: commandCapabilities,
    withLogin: undefined,
  },
];

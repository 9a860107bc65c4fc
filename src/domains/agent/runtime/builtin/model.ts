// Makes the configured model; the only place that knows the provider packages, all loaded on first use. Knows no loop and no tool.
import type { OpenAICompatibleProvider } from "@ai-sdk/openai-compatible";
import { InspanError } from "../../../../base/errors.ts";
import type { Secret, Secrets } from "../../../../providers/index.ts";
import type { WireName } from "../../../model/index.ts";
import type { BuiltinConfig } from "../../config.ts";

// All three packages implement one interface (LanguageModelV4 of @ai-sdk/provider, which is theirs to install): named by what one of them returns.
export type LanguageModel = ReturnType<OpenAICompatibleProvider["chatModel"]>;
export type ModelCallOptions = Parameters<LanguageModel["doStream"]>[0];
export type ModelStreamPart = Awaited<ReturnType<LanguageModel["doStream"]>>["stream"] extends ReadableStream<infer Part> ? Part : never;

export interface PreparedModel {
  readonly model: LanguageModel;
  readonly modelName: string;
  /** For each request, in the provider's own words. */
  readonly providerOptions: Readonly<Record<string, Readonly<Record<string, string | boolean>>>>;
  /** Used where the configuration sets no limit. */
  readonly outputTokensMaxDefault: number | undefined;
  /** Set where a mark on the last message makes the provider cache all before it. */
  readonly cacheMark: Readonly<Record<string, { readonly cacheControl: { readonly type: "ephemeral" } }>> | undefined;
}

const defaultKeyNames = { "openai-compatible": undefined, openai: "OPENAI_API_KEY", anthropic: "ANTHROPIC_API_KEY" } as const;
// Always given: without them the packages would look into the environment by themselves.
const defaultBaseUrls = { "openai-compatible": undefined, openai: "https://api.openai.com/v1", anthropic: "https://api.anthropic.com/v1" } as const;

// This wire requires a limit; the package takes 4,096 for models that it does not know, which cuts patches in half.
const anthropicOutputTokens = 32_000;

export type ModelSetting =
  | { readonly kind: "ready"; readonly baseUrl: string; readonly modelName: string; readonly key: Secret | undefined }
  | { readonly kind: "missing"; readonly code: "AGENT_START_FAILED" | "AGENT_NOT_LOGGED_IN"; readonly state: string; readonly expected: string; readonly remedy: string };

/** The variable that holds the key; undefined where none is needed. */
export function keyVariableOf(config: BuiltinConfig): string | undefined { return config.apiKeyEnv ?? defaultKeyNames[config.provider]; }

/** What the configuration and the environment give, or what they lack and how to repair it. */
export function readModelSetting(config: BuiltinConfig, modelName: string | undefined, secrets: Secrets): ModelSetting {
  const name = modelName ?? config.model;
  if (name === undefined)
    return {
      kind: "missing",
      code: "AGENT_START_FAILED",
      state: "no model is configured",
      expected: "agents.builtin.model",
      remedy: "Set agents.builtin.model in inspan.yaml, or INSPAN_MODEL.",
    };
  const baseUrl = config.baseUrl ?? defaultBaseUrls[config.provider];
  if (baseUrl === undefined)
    return {
      kind: "missing",
      code: "AGENT_START_FAILED",
      state: "no base address is configured",
      expected: "agents.builtin.baseUrl",
      remedy: "Set agents.builtin.baseUrl in inspan.yaml, or INSPAN_MODEL_BASE_URL.",
    };
  const keyName = keyVariableOf(config);
  const key = keyName === undefined ? undefined : secrets.fromEnvironment(keyName);
  if (keyName !== undefined && key === undefined)
    return {
      kind: "missing",
      code: "AGENT_NOT_LOGGED_IN",
      state: `the variable ${keyName} is not set`,
      expected: "it to hold the key of the model's provider",
      remedy: `export ${keyName}=…`,
    };
  return { kind: "ready", baseUrl: baseUrl.replace(/\/+$/, ""), modelName: name, key };
}

export type ReadyModel = Extract<ModelSetting, { kind: "ready" }>;

/** Throws AGENT_START_FAILED or AGENT_NOT_LOGGED_IN. */
export function requireModel(config: BuiltinConfig, modelName: string | undefined, secrets: Secrets): ReadyModel {
  const setting = readModelSetting(config, modelName, secrets);
  if (setting.kind === "ready") return setting;
  throw new InspanError(setting.code, `Cannot start the agent "builtin": ${setting.state}, expected ${setting.expected}.`, { remedy: setting.remedy, kind: "usage" });
}

/** The provider's package, before it is needed. */
export async function loadProvider(provider: BuiltinConfig["provider"]): Promise<void> {
  await (provider === "openai" ? import("@ai-sdk/openai") : provider === "anthropic" ? import("@ai-sdk/anthropic") : import("@ai-sdk/openai-compatible"));
}

const keyOfNobody = "inspan-session"; // two packages refuse to start without one; the real one is put in by the relay

/** The wire that each provider speaks, for the relay. */
export const wireOf = { "openai-compatible": "chat", openai: "responses", anthropic: "messages" } as const satisfies Readonly<Record<BuiltinConfig["provider"], WireName>>;

/** `relayUrl`: the relay with its version, in place of the provider. Sends nothing. */
export async function prepareModel(
  config: BuiltinConfig,
  setting: ReadyModel,
  options: { readonly relayUrl: string; readonly headers: Readonly<Record<string, string>> },
): Promise<PreparedModel> {
  const settings = { baseURL: options.relayUrl, headers: { ...options.headers } };
  const base = { modelName: setting.modelName, cacheMark: undefined, outputTokensMaxDefault: undefined };
  switch (config.provider) {
    case "openai-compatible": {
      const { createOpenAICompatible } = await import("@ai-sdk/openai-compatible");
      const provider = createOpenAICompatible({ ...settings, name: "builtin", includeUsage: true });
      return { ...base, model: provider.chatModel(setting.modelName), providerOptions: {} };
    }
    case "openai": {
      const { createOpenAI } = await import("@ai-sdk/openai");
      const provider = createOpenAI({ ...settings, apiKey: keyOfNobody });
      // store: false keeps the conversation out of the provider's storage; reasoning then travels sealed in our history.
      return { ...base, model: provider.responses(setting.modelName), providerOptions: { openai: { store: false } } };
    }
    case "anthropic": {
      const { createAnthropic } = await import("@ai-sdk/anthropic");
      const provider = createAnthropic({ ...settings, apiKey: keyOfNobody });
      return {
        ...base,
        model: provider.languageModel(setting.modelName),
        providerOptions: {},
        outputTokensMaxDefault: anthropicOutputTokens,
        cacheMark: { anthropic: { cacheControl: { type: "ephemeral" } } },
      };
    }
  }
}

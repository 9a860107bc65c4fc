import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { agentsSection, agentsWithEnvironment } from "./config.ts";

const acp = (client: object) => ({ claude: client, gemini: client, opencode: client, pi: client });

test("the section has defaults, a valid example, and refuses what looks like a key", () => {
  assert.deepEqual(agentsSection.schema.parse(undefined), {
    default: "builtin",
    builtin: { provider: "openai-compatible", modelCallsMax: 200 },
    codex: { login: "own-home", network: "sandbox" },
    ...acp({ login: "own-home" }),
    record: false,
  });
  assert.equal(agentsSection.schema.parse((parse(agentsSection.example) as { agents: unknown }).agents).builtin.model, "my-model"); // our own example
  assert.equal(agentsSection.schema.safeParse({ builtin: { apiKeyEnv: "sk-abc-def" } }).success, false);
  assert.equal(agentsSection.schema.safeParse({ builtin: { apiKey: "x" } }).success, false);
});

test("agentsWithEnvironment() lays the environment over the file and drops the price of another model", () => {
  const file = agentsSection.schema.parse({ builtin: { baseUrl: "http://127.0.0.1:1/v1", model: "a", price: { inputUsd: 1, outputUsd: 2 } } });
  assert.deepEqual(agentsWithEnvironment(file, { INSPAN_MODEL: "" }), file);
  assert.deepEqual(agentsWithEnvironment(file, { INSPAN_MODEL: "a" }).builtin.price, file.builtin.price);
  const over = agentsWithEnvironment(file, {
    INSPAN_AGENT: "codex",
    INSPAN_MODEL: "b",
    INSPAN_MODEL_PROVIDER: "anthropic",
    INSPAN_MODEL_BASE_URL: "http://127.0.0.1:2/v1",
    INSPAN_API_KEY: "secret",
  });
  assert.deepEqual(over, { ...file, default: "codex", builtin: { provider: "anthropic", baseUrl: "http://127.0.0.1:2/v1", model: "b", apiKeyEnv: "INSPAN_API_KEY", modelCallsMax: 200, price: undefined },
    codex: { login: "own-home", network: "sandbox", baseUrl: "http://127.0.0.1:2/v1", model: "b", apiKeyEnv: "INSPAN_API_KEY", price: undefined },
    ...acp({ login: "own-home", baseUrl: "http://127.0.0.1:2/v1", model: "b", apiKeyEnv: "INSPAN_API_KEY", price: undefined }) });
  assert.throws(() => agentsWithEnvironment(file, { INSPAN_MODEL_PROVIDER: "x" }), /INSPAN_MODEL_PROVIDER/);
});

// The door of the sandbox provider for providers/node and tests.
export { createNodeSandbox } from "./sandbox.ts";
export type { NodeSandboxOptions } from "./sandbox.ts";

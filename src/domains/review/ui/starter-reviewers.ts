// What `inspan init` writes into docs/reviewers: two personas to start from, meant to be edited.
import type { InitStep } from "../../../providers/index.ts";

const correctness = `---
name: correctness
description: Looks for inputs and orders of events in which the change is wrong.
paths: ["**"]
---
# Guardrails

- The change does what the task asks, and nothing else.
- Empty, largest, repeated and concurrent inputs are handled or refused, and a failure is never taken for an empty answer.
- A repaired fault has a test that fails without the repair; a changed behaviour has a changed test.
- Names, layers and error messages follow the files around them.
`;

const security = `---
name: security
description: Looks for what a hostile input, file or log could do.
paths: ["**"]
---
# Guardrails

- Text from outside is parsed before it is used, and never becomes a command, a path or markup unchecked.
- No secret reaches a log, an error message, a test fixture or the repository.
- Nothing widens what may be read, written, executed or reached over the network without saying why.
- New dependencies are needed, pinned and kept by somebody.
`;

export const reviewersInitStep: InitStep = {
  name: "reviewers",
  plan: async () => [{ path: "docs/reviewers/correctness.md", text: correctness }, { path: "docs/reviewers/security.md", text: security }],
};

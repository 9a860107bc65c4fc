// The tiny program that Codex runs after and before tool calls: it asks the driver and prints the answer. Text only; knows no driver.

/** Codex moves longer context of a hook into a file (2,500 tokens); below this many characters it reaches the model whole. */
export const hookContextCharsMax = 7_500;

/** Tool names as Codex tells them to hooks: its shell is "Bash". Others do not edit. */
export const hookMatchers = { PreToolUse: "^apply_patch$", PostToolUse: "^(apply_patch|Bash|write_stdin)$" } as const;

/**
 * Source of the program, a CommonJS file (it starts faster than a module). Where the driver does not answer, an edit is refused: a guard
 * that is gone must not mean that everything is allowed.
 */
export function renderHookProgram(address: { readonly port: number; readonly token: string }): string {
  return `// Written by Inspan for one session.
const { request } = require("node:http");
let text = "";
const fail = (why) => { process.stderr.write("Inspan's guard does not answer: " + why); process.exit(text.includes('"PreToolUse"') ? 2 : 1); };
process.stdin.on("data", (chunk) => { text += chunk; }).on("end", () => {
  const call = request({ host: "127.0.0.1", port: ${address.port}, path: "/${address.token}/hook", method: "POST", agent: false, headers: { "content-type": "application/json" } }, (response) => {
    let answer = "";
    response.on("data", (chunk) => { answer += chunk; }).on("end", () => {
      if (response.statusCode !== 200) fail("status " + response.statusCode);
      else process.stdout.write(answer, () => process.exit(0));
    });
  });
  call.on("error", (error) => fail(error.message));
  call.end(text);
});
`;
}

/** Standard output of a hook that lets the call pass and may add context for the model. */
export function hookContext(text: string | undefined): string {
  return text === undefined ? "{}" : JSON.stringify({ hookSpecificOutput: { hookEventName: "PostToolUse", additionalContext: text } });
}

/** Standard output of a hook that refuses the call with a reason for the model. */
export function hookRefusal(reason: string): string {
  return JSON.stringify({ hookSpecificOutput: { hookEventName: "PreToolUse", permissionDecision: "deny", permissionDecisionReason: reason } });
}

// Calls and programs for which the repository has its own wrapper: network with timeout and retry, an encoder.
import picomatch from "picomatch";
import type { WrapperRule } from "../../config/kinds/taste.ts";
import type { CallFact } from "../../types/facts.ts";
import { type KindDraft, perRule, type RuleKind } from "./kind.ts";

/** Calls that start a program, by their last name; the program is their first literal, or the first word of it. */
const starters: readonly string[] = ["spawn", "spawnSync", "exec", "execSync", "execFile", "execFileSync", "execa", "execaSync", "run", "call", "check_call", "check_output", "Popen", "system", "Command", "CommandContext", "start",
  "ProcessBuilder", "create_subprocess_exec", "create_subprocess_shell", "execv", "execvp", "execve", "execvpe", "execlp", "execaCommand", "execaCommandSync"];

const compiled = perRule((rule: WrapperRule) => ({
  isCall: rule.calls === undefined ? () => false : picomatch(rule.calls.map((call) => call.replaceAll(".", "/"))),
  programs: new Set(rule.programs ?? []),
}));

export const wrapper: RuleKind<WrapperRule> = {
  summary: "Some calls and programs are used only through the repository's wrapper.",
  why: "The wrapper holds what every use needs: timeout, retry, limits, a span; a bare use has none of it.",
  example: "- { kind: wrapper, name: network, calls: [fetch], use: \"fetchWithRetry from src/http/fetch.ts\" }",
  request: (rule) => {
    const names = (rule.calls ?? []).map((call) => call.split(".").find((part) => !/[*?{[!]/.test(part)) ?? "*");
    return { calls: [...names, ...(rule.programs === undefined ? [] : starters)] };
  },
  checkFile(rule, facts) {
    const { isCall, programs } = compiled(rule);
    return facts.calls.flatMap((call): KindDraft[] => {
      if (call.isLocal === true) return [];
      const program = programs.size === 0 ? undefined : programsOf(call).find((one) => programs.has(one));
      const isProgram = program !== undefined;
      if (!isProgram && !namesOf(call).some((name) => isCall(name.replaceAll(".", "/")))) return [];
      if (!isProgram && rule.options.length > 0 && rule.options.every((key) => call.keys.includes(key))) return [];
      const what = isProgram ? `\`${call.callee}("${program}", …)\`` : `\`${call.callee}(…)\``;
      return [{
        file: facts.file, line: call.line, column: call.column, endLine: call.endLine, to: `${isProgram ? program : call.callee} in ${call.inFunction}`,
        found: `${what}${call.inFunction === "" ? "" : ` in ${call.inFunction}`} goes around the wrapper`,
        expected: `${isProgram ? `the program ${program}` : call.callee} is used through ${rule.use}${rule.options.length > 0 ? `, or with ${rule.options.join(" and ")}` : ""}`,
        fix: `Call ${rule.use} instead${rule.options.length > 0 && !isProgram ? `, or pass ${rule.options.join(" and ")} in the options` : ""}.`,
      }];
    });
  },
};

/** As written, and by where it is imported from: `get` of `axios` is `axios.get`, `fs.x` of `node:fs` is `node:fs.x`. */
function namesOf(call: CallFact): readonly string[] {
  const { callee, origin } = call;
  if (origin === undefined) return [callee];
  const rest = callee.includes(".") ? callee.slice(callee.indexOf(".")) : "";
  const imported = origin.imported === "*" || origin.imported === "default" ? "" : `.${origin.imported}`;
  return [callee, `${origin.specifier}${imported}${rest}`, ...(imported === "" ? [] : [`${origin.imported}${rest}`])];
}

/** Words of a command line that start what comes after them. */
const carriers = new Set(["exec", "sudo", "env", "time", "nohup", "nice", "command", "then", "do", "else", "!", "(", "{"]);

/** The programs that a call starts: the first literal (or what a text with holes begins with), without its folder; in a command line the first word of each command. */
function programsOf(call: CallFact): readonly string[] {
  const parts = call.callee.replace(/^new /, "").split(".");
  // Rust's `Command::new`.
  const last = (parts.at(-1) === "new" ? parts.at(-2) : parts.at(-1)) ?? "";
  const imported = call.origin?.imported ?? "";
  if (!starters.includes(last) && !starters.includes(imported)) return [];
  // A hole right behind a word belongs to it: `ffmpeg${version}` is another program.
  const text = call.opening?.replace(/(?<=[^\s;&|])[^\s;&|]*$/, "") ?? call.literals.find((literal) => literal !== undefined) ?? "";
  return text.split(/&&|\|\|?|[;\n]|\$\(|`/).flatMap((command) => {
    const words = command.trim().split(/\s+/);
    const first = words.find((word) => !carriers.has(word) && !/^\w+=/.test(word)) ?? "";
    const name = first.slice(first.lastIndexOf("/") + 1).replaceAll(/^["'(]|["')]$/g, "");
    return name === "" ? [] : [name];
  });
}

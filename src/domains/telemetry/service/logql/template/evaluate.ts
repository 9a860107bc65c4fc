// Runs a parsed template on one line: fields come from labels. Bounded in steps and output; an error is a value of the line, not of the query.
import { parseTemplate, type Command, type Node, type Pipeline, type Term } from "./parse-template.ts";
import { templateFunctions, type TemplateScene } from "./functions.ts";
import { isList, isMap, isTruthy, printValue, type Value } from "./value.ts";

/** A range over a parsed JSON array could be nested; one line must not take longer than this many nodes. */
const stepsMax = 100_000;
const outputCharsMax = 1_000_000;

export interface Template { readonly run: (label: (name: string) => string | undefined, scene: TemplateScene) => string }

export function compileTemplate(text: string): Template {
  const nodes = parseTemplate(text);
  return { run: (label, scene) => new Run(label, scene).all(nodes) };
}

type Signal = "next" | "break" | "continue";

class Run {
  private readonly label: (name: string) => string | undefined;
  private readonly scene: TemplateScene;
  private readonly variables: { name: string; value: Value }[] = [];
  private out = "";
  private steps = 0;
  private dot: { readonly isRoot: true } | { readonly isRoot: false; readonly value: Value } = { isRoot: true };

  constructor(label: (name: string) => string | undefined, scene: TemplateScene) {
    this.label = label;
    this.scene = scene;
  }

  all(nodes: readonly Node[]): string {
    this.walk(nodes);
    return this.out;
  }

  private walk(nodes: readonly Node[]): Signal {
    for (const node of nodes) {
      if ((this.steps += 1) > stepsMax) throw new Error(`the template took more than ${stepsMax} steps`);
      const signal = this.one(node);
      if (signal !== "next") return signal;
    }
    return "next";
  }

  private one(node: Node): Signal {
    switch (node.kind) {
      case "text": this.write(node.text); return "next";
      case "print": { const value = this.pipeline(node.pipeline); if (node.pipeline.declares.length === 0) this.write(printValue(value)); return "next"; }
      case "break": case "continue": return node.kind;
      case "range": return this.range(node);
      case "if": case "with": return this.branch(node);
    }
  }

  private write(text: string): void {
    this.out += text;
    if (this.out.length > outputCharsMax) throw new Error(`the template made more than ${outputCharsMax} characters`);
  }

  private branch(node: Extract<Node, { kind: "if" | "with" | "range" }>): Signal {
    const depth = this.variables.length;
    const before = this.dot;
    const value = this.pipeline(node.pipeline);
    if (isTruthy(value) && node.kind === "with") this.dot = { isRoot: false, value };
    const signal = this.walk(isTruthy(value) ? node.body : node.otherwise);
    this.dot = before;
    this.variables.length = depth;
    return signal;
  }

  private range(node: Extract<Node, { kind: "if" | "with" | "range" }>): Signal {
    const depth = this.variables.length;
    const before = this.dot;
    const value = this.pipeline({ ...node.pipeline, declares: [] });
    const entries: readonly (readonly [Value, Value])[] = isList(value) ? value.map((one, at) => [BigInt(at), one] as const)
      : value !== undefined && isMap(value) ? [...value].sort(([a], [b]) => (a < b ? -1 : 1))
        : typeof value === "bigint" && value > 0n ? Array.from({ length: Number(value < 100_000n ? value : 100_000n) }, (_one, at) => [BigInt(at), BigInt(at)] as const) : [];
    if (entries.length === 0) { const signal = this.walk(node.otherwise); this.variables.length = depth; return signal; }
    const [first, second] = node.pipeline.declares;
    for (const [key, one] of entries) {
      this.variables.length = depth;
      if (second !== undefined && first !== undefined) this.variables.push({ name: first, value: key }, { name: second, value: one });
      else if (first !== undefined) this.variables.push({ name: first, value: one });
      this.dot = { isRoot: false, value: one };
      if (this.walk(node.body) === "break") break;
    }
    this.dot = before;
    this.variables.length = depth;
    return "next";
  }

  private pipeline(pipeline: Pipeline): Value {
    let value: Value;
    pipeline.commands.forEach((command, at) => { value = this.command(command, at === 0 ? [] : [value]); });
    for (const name of pipeline.declares) {
      const known = pipeline.assigns ? this.variables.findLast((one) => one.name === name) : undefined;
      if (known === undefined) this.variables.push({ name, value });
      else known.value = value;
    }
    return value;
  }

  private command(command: Command, piped: readonly Value[]): Value {
    const [first, ...rest] = command.terms;
    if (first === undefined) return undefined;
    if (first.kind !== "call") {
      if (rest.length > 0 || piped.length > 0) throw new Error("can't give argument to non-function");
      return this.term(first);
    }
    if (first.name === "and" || first.name === "or") return this.shortCircuit(first.name, rest, piped);
    return this.call(first.name, [...rest.map((term) => this.term(term)), ...piped]);
  }

  private shortCircuit(name: "and" | "or", terms: readonly Term[], piped: readonly Value[]): Value {
    let value: Value;
    for (const make of [...terms.map((term) => () => this.term(term)), ...piped.map((one) => () => one)]) {
      value = make();
      if (isTruthy(value) === (name === "or")) return value;
    }
    return value;
  }

  private call(name: string, values: readonly Value[]): Value {
    const work = templateFunctions.get(name);
    if (work === undefined) throw new Error(`function ${JSON.stringify(name)} not defined`);
    if ((this.steps += 1) > stepsMax) throw new Error(`the template took more than ${stepsMax} steps`);
    return work(values, this.scene);
  }

  private term(term: Term): Value {
    switch (term.kind) {
      case "value": return term.value;
      case "call": return this.call(term.name, []);
      case "pipeline": return this.follow(this.pipeline(term.pipeline), term.path);
      case "field": return this.field(term.path);
      case "variable": {
        if (term.name === "$") return term.path.length === 0 ? undefined : this.root(term.path);
        const known = this.variables.findLast((one) => one.name === term.name);
        if (known === undefined) throw new Error(`undefined variable ${JSON.stringify(term.name)}`);
        return this.follow(known.value, term.path);
      }
    }
  }

  private field(path: readonly string[]): Value {
    if (!this.dot.isRoot) return this.follow(this.dot.value, path);
    return path.length === 0 ? undefined : this.root(path);
  }

  private root(path: readonly string[]): Value {
    const [name = "", ...rest] = path;
    return this.follow(this.label(name) ?? "", rest);
  }

  private follow(value: Value, path: readonly string[]): Value {
    let current = value;
    for (const key of path) {
      if (current === undefined || !isMap(current)) throw new Error(`can't evaluate field ${key}`);
      current = current.get(key);
    }
    return current;
  }
}

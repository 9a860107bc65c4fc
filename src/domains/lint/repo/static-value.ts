// Reads the value of a JavaScript configuration without running it: literals, constants of the same file, and what literals are put together with.
import type { Expression, Node, ObjectPropertyKind, Program, SpreadElement } from "oxc-parser";

/** Configurations nest a few levels; a deeper one is a program. */
const depthMax = 60;
/** Constants that are put together out of each other double at every step; no configuration has so many values. */
const valuesMax = 100_000;
/** What is quoted of a computed part. */
const quotedCharsMax = 80;

/** The default export or `module.exports`; parts that cannot be known are `{ notLiteral: "source text" }`. Undefined where nothing is exported; throws where the text does not parse. */
export async function readStaticValue(file: string, text: string): Promise<unknown> {
  const { parseSync } = await import("oxc-parser");
  const { program, errors } = parseSync(file, text, {
    lang: /\.[cm]?ts$/.test(file) ? "ts" : "js",
    sourceType: file.endsWith(".cjs") ? "script" : "unambiguous",
    preserveParens: false,
  });
  const broken = program.body.length === 0 ? errors.find((one) => one.severity === "Error") : undefined;
  if (broken !== undefined) throw new Error(`it does not parse (${broken.message})`);
  return new StaticReader(program, text).exported(program);
}

class StaticReader {
  readonly #text: string;
  #values = 0;
  readonly #constants = new Map<string, Expression>();

  constructor(program: Program, text: string) {
    this.#text = text;
    for (const statement of program.body) {
      const declaration = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
      if (declaration?.type !== "VariableDeclaration" || declaration.kind !== "const") continue;
      for (const one of declaration.declarations) if (one.id.type === "Identifier" && one.init !== null) this.#constants.set(one.id.name, one.init);
    }
  }

  exported(program: Program): unknown {
    for (const statement of program.body) {
      if (statement.type === "ExportDefaultDeclaration") return this.#value(statement.declaration as Expression, 0); // a class or function is refused below
      if (statement.type !== "ExpressionStatement" || statement.expression.type !== "AssignmentExpression") continue;
      const { left, right } = statement.expression;
      if (this.#source(left) === "module.exports") return this.#value(right, 0);
    }
    return undefined;
  }

  #value(node: Expression | SpreadElement, depth: number): unknown {
    if (depth > depthMax || ++this.#values > valuesMax) return this.#unknown(node);
    switch (node.type) {
      case "Literal": return "regex" in node ? node.regex.pattern : node.value;
      case "TemplateLiteral": return this.#template(node, depth);
      case "ArrayExpression": return node.elements.flatMap((one) => (one === null ? [] : one.type === "SpreadElement" ? this.#spread(one, depth) : [this.#value(one, depth + 1)]));
      case "ObjectExpression": return this.#object(node.properties, depth);
      case "Identifier": {
        const constant = this.#constants.get(node.name);
        return node.name === "undefined" ? undefined : constant === undefined ? this.#unknown(node) : this.#value(constant, depth + 1);
      }
      case "MemberExpression": return this.#member(node, depth);
      case "UnaryExpression": {
        const value = this.#value(node.argument, depth + 1);
        return node.operator === "-" && typeof value === "number" ? -value : node.operator === "!" && typeof value === "boolean" ? !value : this.#unknown(node);
      }
      case "BinaryExpression": {
        if (node.operator !== "+") return this.#unknown(node);
        const [left, right] = [this.#value(node.left, depth + 1), this.#value(node.right, depth + 1)];
        return typeof left === "string" && typeof right === "string" ? left + right : this.#unknown(node);
      }
      case "CallExpression": return this.#call(node, depth);
      case "TSAsExpression": case "TSSatisfiesExpression": case "TSNonNullExpression": return this.#value(node.expression, depth + 1);
      default: return this.#unknown(node);
    }
  }

  #template(node: Extract<Expression, { type: "TemplateLiteral" }>, depth: number): unknown {
    const parts = node.quasis.map((quasi) => quasi.value.cooked ?? "");
    let text = parts[0] ?? "";
    for (const [at, expression] of node.expressions.entries()) {
      const value = this.#value(expression, depth + 1);
      if (typeof value !== "string" && typeof value !== "number") return this.#unknown(node);
      text += `${value}${parts[at + 1] ?? ""}`;
    }
    return text;
  }

  #object(properties: readonly ObjectPropertyKind[], depth: number): unknown {
    const found: Record<string, unknown> = {};
    for (const one of properties) {
      if (one.type === "SpreadElement") {
        const value = this.#value(one.argument, depth + 1);
        if (typeof value === "object" && value !== null && !Array.isArray(value)) Object.assign(found, "notLiteral" in value ? { "...": value } : value);
        continue;
      }
      const key =
        one.key.type === "Identifier" && !one.computed
          ? one.key.name
          : one.key.type === "PrivateIdentifier"
            ? undefined
            : this.#value(one.key as Expression, depth + 1); // what is no name of a property is an expression
      if (typeof key === "string" && key !== "__proto__") found[key] = this.#value(one.value, depth + 1);
    }
    return found;
  }

  #spread(node: SpreadElement, depth: number): readonly unknown[] {
    const value = this.#value(node.argument, depth + 1);
    return Array.isArray(value) ? value : [this.#unknown(node)];
  }

  #member(node: Extract<Expression, { type: "MemberExpression" }>, depth: number): unknown {
    const object = this.#value(node.object, depth + 1);
    const key = !node.computed && node.property.type === "Identifier" ? node.property.name : undefined;
    if (key === undefined || typeof object !== "object" || object === null || !Object.hasOwn(object, key)) return this.#unknown(node);
    return Object.entries(object).find(([name]) => name === key)?.[1];
  }

  /** `[…].join("|")`, and helpers that give back what they are given: `defineConfig([…])`, `tseslint.config(…)`. */
  #call(node: Extract<Expression, { type: "CallExpression" }>, depth: number): unknown {
    const { callee } = node;
    const values = node.arguments.flatMap((one) => (one.type === "SpreadElement" ? this.#spread(one, depth) : [this.#value(one, depth + 1)]));
    if (callee.type === "MemberExpression" && callee.property.type === "Identifier" && callee.property.name === "join") {
      const object = this.#value(callee.object, depth + 1);
      return Array.isArray(object) && object.every((one) => typeof one === "string") && typeof values[0] === "string" ? object.join(values[0]) : this.#unknown(node);
    }
    const name = callee.type === "Identifier" ? callee.name : callee.type === "MemberExpression" && callee.property.type === "Identifier" ? callee.property.name : "";
    if (name !== "defineConfig" && name !== "config") return this.#unknown(node);
    return values.length === 1 ? values[0] : values.flat();
  }

  #unknown(node: Node): { readonly notLiteral: string } {
    const source = this.#source(node).replaceAll(/\s+/g, " ");
    return { notLiteral: source.length > quotedCharsMax ? `${source.slice(0, quotedCharsMax)}…` : source };
  }

  #source(node: Node): string {
    return this.#text.slice(node.start, node.end);
  }
}

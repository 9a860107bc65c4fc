// Fields as a query writes them: names of groups, labels of series.
import { kindNames, statusNames } from "./parse-field.ts";
import type { Value } from "./field.ts";
import type { FieldExpression } from "./ast.ts";
import { formatDuration } from "../units.ts";

export function renderField(expression: FieldExpression): string {
  switch (expression.kind) {
    case "static":
      return expression.type === "string"
        ? `\`${String(expression.value)}\``
        : expression.type === "nil"
          ? "nil"
          : expression.type === "duration"
            ? formatDuration(Number(expression.value))
            : expression.type === "status"
              ? (statusNames[Number(expression.value)] ?? "")
              : expression.type === "kind"
                ? (kindNames[Number(expression.value)] ?? "")
                : String(expression.value);
    case "attribute": {
      const name = /[\s{}()=~!<>&|^,"]/.test(expression.name) ? JSON.stringify(expression.name) : expression.name;
      return `${expression.isParent ? "parent." : ""}${expression.scope === "any" ? (expression.isParent ? "" : ".") : `${expression.scope}.`}${name}`;
    }
    case "intrinsic": return expression.isParent ? `parent.${expression.name}` : expression.name;
    case "unary": return `${expression.op}${renderField(expression.of)}`;
    case "binary": return `(${renderField(expression.left)} ${expression.op} ${renderField(expression.right)})`;
  }
}

/** A value of a field as text: status and kind by name. */
export function renderValue(expression: FieldExpression, value: Value): string {
  if (value === undefined) return "nil";
  if (expression.kind === "intrinsic" && typeof value === "number") {
    if (expression.name === "status") return statusNames[value] ?? String(value);
    if (expression.name === "kind") return kindNames[value] ?? String(value);
    if (expression.name === "duration" || expression.name === "traceDuration") return formatDuration(value);
  }
  return Array.isArray(value) ? value.map(String).join(",") : String(value);
}

/** Fields that a query looks at, each once, without intrinsics that every answer shows anyway. */
export function fieldsOf(expression: FieldExpression | undefined, into: Map<string, FieldExpression> = new Map()): Map<string, FieldExpression> {
  if (expression === undefined) return into;
  if (expression.kind === "binary") { fieldsOf(expression.left, into); fieldsOf(expression.right, into); } else if (expression.kind === "unary") fieldsOf(expression.of, into);
  else if (expression.kind === "attribute" || (expression.kind === "intrinsic" && !["name", "duration"].includes(expression.name))) into.set(renderField(expression), expression);
  return into;
}

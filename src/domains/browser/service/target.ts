// How an element is named: by the handle of a snapshot, or by role and name. Pure.
import { InspanError } from "../../../base/errors.ts";

export type Target = { readonly kind: "ref"; readonly ref: string } | RoleTarget;
export interface RoleTarget {
  readonly kind: "role";
  readonly role: string;
  readonly name: string | undefined;
  /** The part of the page that holds it, where its role and name are not enough. */
  readonly within: RoleTarget | undefined;
}

const roles = new Set([
  "alert",
  "alertdialog",
  "article",
  "banner",
  "button",
  "cell",
  "checkbox",
  "columnheader",
  "combobox",
  "complementary",
  "contentinfo",
  "dialog",
  "document",
  "figure",
  "form",
  "grid",
  "gridcell",
  "group",
  "heading",
  "iframe",
  "img",
  "link",
  "list",
  "listbox",
  "listitem",
  "main",
  "menu",
  "menubar",
  "menuitem",
  "menuitemcheckbox",
  "menuitemradio",
  "navigation",
  "option",
  "paragraph",
  "progressbar",
  "radio",
  "radiogroup",
  "region",
  "row",
  "rowgroup",
  "rowheader",
  "search",
  "searchbox",
  "separator",
  "slider",
  "spinbutton",
  "status",
  "switch",
  "tab",
  "table",
  "tablist",
  "tabpanel",
  "textbox",
  "toolbar",
  "tree",
  "treeitem",
]);

function parseRole(trimmed: string): RoleTarget | undefined {
  // A name in quotes may hold " in " itself: the cut lies behind a name that is whole.
  for (let at = trimmed.indexOf(" in "); at !== -1; at = trimmed.indexOf(" in ", at + 1)) {
    const name = trimmed.slice(0, at).replace(/^\w+[\s:=]*/, "");
    if (/^["']/.test(name) && (name.length < 2 || name.at(-1) !== name[0])) continue;
    const within = parseRole(trimmed.slice(at + 4));
    const inner = within === undefined ? undefined : parseRole(trimmed.slice(0, at));
    if (inner !== undefined && inner.within === undefined) return { ...inner, within };
  }
  const space = trimmed.search(/[\s:=]/);
  const role = (space === -1 ? trimmed : trimmed.slice(0, space)).toLowerCase();
  const rest = space === -1 ? "" : trimmed.slice(space + 1).trim();
  const name = rest.length >= 2 && /^(["']).*\1$/s.test(rest) ? rest.slice(1, -1) : rest;
  return roles.has(role) ? { kind: "role", role, name: name === "" ? undefined : name, within: undefined } : undefined;
}

/** Undefined where the text names no role; for what may also be plain words. */
export function readRoleTarget(text: string): RoleTarget | undefined {
  return parseRole(text.trim());
}

/** Throws TARGET_UNKNOWN. */
export function parseTarget(text: string): Target {
  const trimmed = text.trim();
  if (/^(?:f\d{1,6})?e\d{1,9}$/.test(trimmed)) return { kind: "ref", ref: trimmed };
  const found = parseRole(trimmed);
  if (found !== undefined) return found;
  throw new InspanError(
    "TARGET_UNKNOWN",
    `Cannot find "${trimmed.slice(0, 80)}": it is neither a reference nor a role with a name, expected for example e12 or button "Save".`,
    { kind: "usage", remedy: "inspan browser snapshot" },
  );
}

export function nameOfTarget(target: Target): string {
  if (target.kind === "ref") return target.ref;
  return `${target.role}${target.name === undefined ? "" : ` "${target.name}"`}${target.within === undefined ? "" : ` in ${nameOfTarget(target.within)}`}`;
}

// What a page shows, as a tree of roles and names: the form that snapshots, differences and journeys work on.

export interface PageNode {
  /** ARIA role, or `text` for words without one. */
  readonly role: string;
  readonly name: string;
  /** What stands in it: the words of a text, the value of a field. May be empty. */
  readonly text: string;
  /** The handle that `act` takes, for example e12, or f1e3 in a frame; undefined for what cannot be pointed at. */
  readonly ref: string | undefined;
  /** For example checked, disabled, level 2; in a fixed order. */
  readonly states: readonly string[];
  readonly url: string | undefined;
  /** The mouse pointer says that a click does something. */
  readonly isPointer: boolean;
  readonly children: readonly PageNode[];
}

/** A piece of text or a control with its place on the page, in CSS pixels. */
export interface PageBox {
  readonly kind: "text" | "field" | "button" | "check" | "image" | "rule";
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly text: string;
}

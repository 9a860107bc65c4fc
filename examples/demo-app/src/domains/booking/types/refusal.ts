// Why a booking was not made.

export type RefusalCode = "room-taken" | "outside-opening-hours" | "too-long" | "too-many-people";

export type Refusal = {
  readonly kind: "refused";
  readonly code: RefusalCode;
  /** One sentence for the person at the desk. */
  readonly message: string;
  /** The file of the rule that said no: it goes to the log, not to the person. */
  readonly rule: string;
};

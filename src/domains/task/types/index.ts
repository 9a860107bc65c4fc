// The nouns of the task domain.
export * from "./state.ts";
export * from "./features.ts";

// Where rules of the repository itself lie, and what they may speak of. Loads nothing: asked at every edit.

export const rulesFolder = ".inspan/rules";

/** Files that a rule in ast-grep's form may speak of. */
export const patternEndings = /\.(?:[cm]?[jt]sx?|html?|css|pyi?|go|rs|java)$/;

export const isPatternFile = (file: string): boolean => file.startsWith(`${rulesFolder}/`) && /\.ya?ml$/.test(file);

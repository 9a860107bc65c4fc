// Door of quality's runtime.
export { assess, type Assessment } from "./assess.ts";
export { gradeRepository, type GradeAnswer } from "./grade.ts";

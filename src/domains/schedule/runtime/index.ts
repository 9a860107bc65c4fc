// Door of the schedule runtime.
export { listSchedules, runDue, runNamed, serveSchedules } from "./run-schedules.ts";

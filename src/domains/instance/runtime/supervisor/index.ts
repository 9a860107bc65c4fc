// Door within the runtime: the supervisor alone, so that its process loads nothing that commands need.
export { runSupervisor, type SupervisorOptions } from "./supervisor.ts";

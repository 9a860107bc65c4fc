// The same tasks on the fake GitLab.
import { tasksOnForge } from "../support/tasks-on-forge.ts";

tasksOnForge("gitlab");

// Whole tasks on the fake GitHub.
import { tasksOnForge } from "../support/tasks-on-forge.ts";

tasksOnForge("github");

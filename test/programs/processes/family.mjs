// Starts a child in its group and one in a session of its own, prints their ids, and stays.
import { spawn } from "node:child_process";
const code = "process.on('SIGTERM', () => undefined); console.log(process.pid); setTimeout(() => undefined, 60000)";
spawn(process.execPath, ["-e", code], { stdio: "inherit" });
spawn(process.execPath, ["-e", code], { stdio: "inherit", detached: true });
setTimeout(() => undefined, 60_000);

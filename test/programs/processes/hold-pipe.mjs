// Exits at once and leaves a grandchild behind that holds its pipes open; argv[2] "setsid" puts it in a session of its own.
import { spawn } from "node:child_process";
const isDetached = process.argv[2] === "setsid";
const grandchild = spawn(process.execPath, ["-e", "setTimeout(() => undefined, 60000)"], { stdio: "inherit", detached: isDetached });
console.log(grandchild.pid);
grandchild.unref();

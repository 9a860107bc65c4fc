// `npm run test:slow`: whole tasks, killed, muted and set in a bad world. Minutes, not seconds; CI runs it after `npm test`.
import { finish, runTestFiles, testFiles } from "./suite.ts";

const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith("-"));
// Two at a time: each runs whole tasks with processes of their own.
await runTestFiles(testFiles(["test/slow"], (path) => wanted.length === 0 || wanted.some((part) => path.includes(part))), 2, { isTriedAlone: true });
finish();

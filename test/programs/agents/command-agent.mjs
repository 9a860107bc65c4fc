// A tiny agent of a repository's own: the prompt comes on standard input, operations are called by the program that it is given. In its work it first
// does what `mischief` below says under the name of its task. For tests only.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const prompt = readFileSync(0, "utf8");
const name = /Mend (\w+)/.exec(prompt)?.[1] ?? "none";
const phase = prompt.includes("You are the reviewer") ? "reviewing" : /<phase>(\w+)<\/phase>(?![\s\S]*<phase>)/.exec(prompt)?.[1] ?? "none";
const sh = (command) => spawnSync("sh", ["-c", command], { stdio: ["ignore", "inherit", "inherit"] });
const operation = (tool, input) => process.stdout.write(spawnSync(process.execPath, [process.env.INSPAN_OPERATION, tool, JSON.stringify(input)], { encoding: "utf8" }).stdout);

const token = `gh${"p"}_${"aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cX0fL3hR6"}`;
const mischief = {
  megabytes: () => sh("yes 'a line of no use' | head -c 60000000"),
  outside: () => sh("echo x > ../outside.txt; echo x > /etc/inspan-was-here; echo x >> ~/../../tasks.db; ln -s /etc/passwd link; cat link | head -1"),
  gitless: () => sh("rm -rf .git; rm -f .git; git push --force origin HEAD:main; git push origin --delete main; git commit --allow-empty -m x"),
  waits: () => sh("read answer; echo no answer"),
  serves: () => sh(`setsid sleep 31933 & node -e "require('net').createServer().listen(31934, '127.0.0.1')" & sleep 0.2; echo left`),
  leaky: () => { if (!prompt.includes("secret")) writeFileSync("src/leaky.mjs", `export const token = "${token}";\nexport const add = (a, b) => a + b;\n`); },
  exits: () => process.exit(3),
  loops: () => { for (;;) sh("echo again >&2; sleep 0.05"); },
};

switch (phase) {
  case "reviewing": process.stdout.write(JSON.stringify({ verdict: "approve", findings: [], rulings: [] })); break;
  case "planning": operation("submit_plan", { summary: `Let ${name} add.`, steps: ["test", "mend"] }); break;
  case "reproducing":
    writeFileSync(`test/${name}.test.mjs`, `import assert from "node:assert/strict";\nimport { add } from "../src/${name}.mjs";\nassert.equal(add(2, 3), 5);\n`);
    operation("reproduce", { command: `node test/${name}.test.mjs` });
    break;
  default:
    mischief[name]?.();
    if (name !== "leaky" || phase === "validating") writeFileSync(`src/${name}.mjs`, "export const add = (a, b) => a + b;\n");
    process.stdout.write("Mended.");
}

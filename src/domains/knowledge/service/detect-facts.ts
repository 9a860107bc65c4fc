// Tells from a listing what the repository is called and how it is run and proved. Pure; an unreadable manifest counts as none.
import { z } from "zod";
import type { RepositoryFacts, RepositoryListing, Script } from "../types/repository.ts";

const PackageJson = z.object({
  name: z.string().optional().catch(undefined), description: z.string().optional().catch(undefined),
  scripts: z.record(z.string(), z.string()).optional().catch(undefined), packageManager: z.string().optional().catch(undefined),
  dependencies: z.record(z.string(), z.unknown()).optional().catch(undefined), devDependencies: z.record(z.string(), z.unknown()).optional().catch(undefined),
});
type PackageJson = z.infer<typeof PackageJson>;

// What `npm init` writes; it proves nothing.
const emptyTest = /no test specified/;
const proofNames: readonly (readonly [string, RegExp, string])[] = [
  ["test", /^test$/, "runs the tests"], ["lint", /^lint$/, "reads the code for faults of style"], ["typecheck", /^(typecheck|type-check|check-types|types)$/, "checks the types"],
];
const generatedFolders = new Set(["node_modules", "dist", "build", "out", "coverage", "target", "vendor", "__pycache__", "venv"]);

function parsePackage(text: string | undefined): PackageJson | undefined {
  if (text === undefined) return undefined;
  try { return PackageJson.safeParse(JSON.parse(text.replace(/^\uFEFF/, ""))).data; } catch { return undefined; } // the repository's own tools will say what is wrong with it
}

function managerOf(listing: RepositoryListing, manifest: PackageJson): "npm" | "pnpm" | "yarn" | "bun" {
  const named = /^(npm|pnpm|yarn|bun)@/.exec(manifest.packageManager ?? "")?.[1];
  if (named === "npm" || named === "pnpm" || named === "yarn" || named === "bun") return named;
  if (listing.files.includes("pnpm-lock.yaml")) return "pnpm";
  if (listing.files.includes("yarn.lock")) return "yarn";
  return listing.files.includes("bun.lock") || listing.files.includes("bun.lockb") ? "bun" : "npm";
}

function ofPackage(
  listing: RepositoryListing,
  manifest: PackageJson,
): { readonly proofs: readonly Script[]; readonly commands: readonly Script[]; readonly copied: readonly string[] } {
  const manager = managerOf(listing, manifest);
  const scripts = manifest.scripts ?? {};
  const run = (name: string): string => (name === "test" && manager !== "bun" ? `${manager} test` : name === "start" && manager === "npm" ? "npm start" : `${manager} run ${name}`);
  const hasPackages = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).length > 0;
  const proofs = proofNames.flatMap(([name, pattern, does]) => {
    const script = Object.keys(scripts).find((key) => pattern.test(key));
    return script === undefined || emptyTest.test(scripts[script] ?? "") ? [] : [{ name, command: run(script), does }];
  });
  const known: readonly (readonly [string, string])[] = [["start", "starts it"], ["dev", "starts it for development"], ["build", "builds it"]];
  const commands = known.filter(([name]) => name in scripts).map(([name, does]) => ({ name, command: run(name), does }));
  return {
    proofs,
    commands: [...(hasPackages ? [{ name: "install", command: `${manager} install`, does: "installs the dependencies" }] : []), ...commands],
    copied: hasPackages ? ["node_modules"] : [],
  };
}

function ofPython(listing: RepositoryListing): readonly Script[] {
  const usesPytest = /pytest/.test(listing.pyproject ?? "") || listing.files.some((name) => name === "pytest.ini" || name === "conftest.py");
  return usesPytest ? [{ name: "pytest", command: "pytest", does: "runs the Python tests" }] : [];
}

/** What `init` may say of a repository: nothing in it is guessed, so that every sentence written from it is true. */
export function detectFacts(listing: RepositoryListing): RepositoryFacts {
  const manifest = parsePackage(listing.packageJson);
  const node = manifest === undefined ? { proofs: [], commands: [], copied: [] } : ofPackage(listing, manifest);
  const proofs = [
    ...node.proofs, ...ofPython(listing),
    ...(listing.goModule === undefined ? [] : [{ name: "go-test", command: "go test ./...", does: "runs the Go tests" }]),
    ...(listing.cargo === undefined ? [] : [{ name: "cargo-test", command: "cargo test", does: "runs the Rust tests" }]),
  ];
  const description = manifest?.description?.replaceAll(/\s+/g, " ").trim();
  return {
    name: manifest?.name?.trim() || listing.folderName,
    description: description === "" ? undefined : description,
    proofs, commands: node.commands, copied: node.copied,
    folders: listing.folders.filter((name) => !name.startsWith(".") && !generatedFolders.has(name)),
    proposal: listing.proposal,
  };
}

// `inspan browser install`: a browser from the npm registry, for machines that have none. The one command here that downloads.
import { join } from "node:path";
import { InspanError } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { browserPlaces } from "../repo/places.ts";
import { installRemedy } from "../service/find-browser.ts";
import { findBrowser, type FoundBrowser } from "./find-browser.ts";

/** A build of Chromium's headless shell for Linux on x64, brotli-packed in an ordinary package. Exact, so that two machines have the same. */
const packageName = "@sparticuz/chromium";
const packageVersion = "153.0.0";
/** 64 MB from a registry, and unpacked to 200. */
const downloadMsMax = 10 * 60_000;
/** npm tells each answer; one that tells nothing for so long reaches no registry. */
const idleMsMax = 2 * 60_000;
const unpackMsMax = 2 * 60_000;
const freeBytesMin = 600 * 1024 * 1024;

/** What tells npm where its registry is; the shell's own settings, as for any npm install. */
const npmNames = /^(?:npm_config_\w+|https?_proxy|no_proxy|node_extra_ca_certs|ssl_cert_file)$/i;

/** The package unpacks into the temporary folder, and brings its own libraries only where it thinks that it runs in a bare place. */
const unpackProgram = `const { default: chromium } = await import(process.argv[1]); process.stdout.write(await chromium.executablePath());`;

/** Rejects with INSTALL_UNSUPPORTED, DISK_FULL, INSTALL_FAILED. */
export async function installBrowser(context: OperationContext): Promise<FoundBrowser> {
  const { providers: { files, processes }, statePath, env, signal, progress } = context;
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new InspanError(
      "INSTALL_UNSUPPORTED",
      `Cannot install a browser for ${process.platform} on ${process.arch}: the package has one for Linux on x64, expected your system's own.`,
      { kind: "usage", remedy: installRemedy(process.platform, process.arch) },
    );
  const { folder, installPath } = browserPlaces(statePath);
  await files.makeFolder(folder);
  const freeBytes = await files.freeBytes(folder);
  if (freeBytes < freeBytesMin)
    throw new InspanError(
      "DISK_FULL",
      `Cannot install a browser in "${folder}": ${Math.floor(freeBytes / 1024 ** 2)} MiB are free, expected ${freeBytesMin / 1024 ** 2}.`,
      { remedy: "inspan worktree prune" },
    );
  const newPath = `${installPath}.new`;
  await files.remove(newPath);
  await files.makeFolder(newPath);
  try {
    progress(`${packageName} ${packageVersion} from the npm registry, about 64 MB`);
    const settings = Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value !== undefined && npmNames.test(name) ? [[name, value]] : [])));
    const fetched = await processes.run({
      command: [
        "npm",
        "install",
        "--prefix",
        newPath,
        "--no-save",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=http",
        "--fetch-retries=1",
        `${packageName}@${packageVersion}`,
      ],
      cwd: newPath,
      env: processes.environment(settings),
      timeoutMs: downloadMsMax,
      idleTimeoutMs: idleMsMax,
      signal,
    });
    if (fetched.outcome !== "exited" || fetched.exitCode !== 0) throw failed("fetched", fetched.stderr);
    const packagePath = join(newPath, "node_modules", packageName, "build", "esm", "index.js");
    const entry = (await files.facts(packagePath)) === undefined ? join(newPath, "node_modules", packageName, "build", "index.js") : packagePath;
    const unpacked = await processes.run({
      command: [process.execPath, "--input-type=module", "--eval", unpackProgram, entry],
      cwd: newPath,
      env: { ...processes.environment(), TMPDIR: newPath, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs22.x" },
      timeoutMs: unpackMsMax,
      signal,
    });
    if (unpacked.outcome !== "exited" || unpacked.exitCode !== 0 || unpacked.stdout !== join(newPath, "chromium")) throw failed("unpacked", unpacked.stderr || unpacked.stdout);
    // Its own settings name folders of a cloud's machines.
    const dirs = [join(installPath, "fonts", "fonts"), "/usr/share/fonts"].map((path) => `<dir>${path.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</dir>`).join("");
    await files.writeText(
      join(newPath, "fonts", "fonts.conf"),
      `<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>${dirs}<cachedir>${join(statePath, "browser", "scratch").replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</cachedir></fontconfig>\n`,
    );
    await files.remove(join(newPath, "node_modules"));
    await files.remove(installPath);
    await files.rename(newPath, installPath);
  } finally { await files.remove(newPath); }
  return findBrowser({ files, processes, env, statePath, configured: join(installPath, "chromium") });
}

function failed(what: string, output: string): InspanError {
  return new InspanError("INSTALL_FAILED", `Cannot install ${packageName} ${packageVersion}: it could not be ${what}: ${output.trim().slice(-600)}`, {
    remedy: "apt-get install chromium-headless-shell",
    isRetryable: true,
  });
}

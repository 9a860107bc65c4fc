// Where a browser may be, in the order in which it is taken. Pure: who looks is the repo.

export interface Surroundings {
  readonly platform: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Of inspan.yaml. */
  readonly configured: string | undefined;
  /** Where `inspan browser install` puts one. */
  readonly installed: string;
}

export interface Candidate { readonly path: string; readonly source: string }

const programs = [
  "chromium-headless-shell",
  "headless_shell",
  "google-chrome-stable",
  "google-chrome",
  "chromium",
  "chromium-browser",
  "microsoft-edge-stable",
  "microsoft-edge",
] as const;
const macApplications = [
  "Google Chrome.app/Contents/MacOS/Google Chrome",
  "Chromium.app/Contents/MacOS/Chromium",
  "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
  "Brave Browser.app/Contents/MacOS/Brave Browser",
] as const;
const windowsPrograms = ["Google\\Chrome\\Application\\chrome.exe", "Chromium\\Application\\chrome.exe", "Microsoft\\Edge\\Application\\msedge.exe"] as const;

/** Named ones first, then this machine's, then what other tools keep, then ours. A named one that is not there is a fault, not passed over. */
export function browserCandidates(around: Surroundings): { readonly named: Candidate | undefined; readonly others: readonly Candidate[]; readonly caches: readonly string[] } {
  const { env, platform, home, configured, installed } = around;
  const chosen = env["INSPAN_CHROME"];
  const named = chosen ? { path: chosen, source: "INSPAN_CHROME" } : configured === undefined ? undefined : { path: configured, source: "browser.executable in inspan.yaml" };
  const folders = (env["PATH"] ?? "").split(":").filter((folder) => folder.startsWith("/"));
  const onPath = programs.flatMap((program) => folders.map((folder) => ({ path: `${folder}/${program}`, source: "PATH" })));
  const usual =
    platform === "darwin"
      ? macApplications.flatMap((name) => [`/Applications/${name}`, `${home}/Applications/${name}`])
      : platform === "win32"
        ? windowsPrograms.flatMap((name) =>
            ["PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"].flatMap((folder) => (env[folder] === undefined ? [] : [`${env[folder]}\\${name}`])),
          )
        : ["/opt/google/chrome/chrome", "/opt/microsoft/msedge/msedge", "/snap/bin/chromium"];
  const caches =
    platform === "darwin"
      ? [`${home}/Library/Caches/ms-playwright`, `${home}/.cache/puppeteer`]
      : [env["PLAYWRIGHT_BROWSERS_PATH"] ?? `${home}/.cache/ms-playwright`, env["PUPPETEER_CACHE_DIR"] ?? `${home}/.cache/puppeteer`];
  return { named, others: [...onPath, ...usual.map((path) => ({ path, source: "applications" })), { path: installed, source: "inspan browser install" }], caches };
}

/** The one command that brings a browser, for this system. */
export function installRemedy(platform: string, arch: string): string {
  if (platform === "darwin") return "brew install --cask chromium";
  if (platform === "linux" && arch === "x64") return "inspan browser install";
  return platform === "linux" ? "apt-get install chromium" : "winget install Google.Chrome";
}

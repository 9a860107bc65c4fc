// What shell commands of other files mean: which programs take a port by their words, which only install or build, which of a tool's variables they use. Pure.

/** Programs that take no port from the environment, and the words that give it to them. Matched on the program's own command line. */
const portWords: readonly { readonly program: RegExp; readonly words: string }[] = [
  { program: /(?:^|[\s&;/(])vite(?!\s+(?:build|optimize)\b)(?=[\s;&|)]|$)(?:\s+(?:dev|serve|preview)(?=\s|$))?/, words: "--port $PORT --strictPort --host 127.0.0.1" },
  { program: /(?:^|[\s&;/(])astro dev(?=[\s;&|)]|$)/, words: "--port $PORT --host 127.0.0.1" },
  { program: /(?:^|[\s&;/(])ng serve(?=[\s;&|)]|$)/, words: "--port $PORT --host 127.0.0.1" },
  { program: /(?:^|[\s&;/(])(?:webpack serve|webpack-dev-server)(?=[\s;&|)]|$)/, words: "--port $PORT --host 127.0.0.1" },
  { program: /(?:^|[\s&;/(])vue-cli-service serve(?=[\s;&|)]|$)/, words: "--port $PORT --host 127.0.0.1" },
  { program: /(?:^|\s)manage\.py runserver(?=\s*$)/, words: "127.0.0.1:$PORT --noreload" },
  { program: /(?:^|[\s/(])(?:uvicorn|flask run|gatsby develop)(?=[\s;&|)]|$)/, words: "--port $PORT" },
];

/** Programs known to read PORT; `npm run serve` names a script, not the program. */
const readsPort = /(?:^|(?<!\brun)[\s&;/])(?:next|nuxt|nuxi|remix|react-scripts|nest|serve|http-server|gunicorn|puma|rails)(?:\s|$)/;

/** Ends a program's words in a shell. */
const operator = /\s*(?:[;&|()<>\n]|\s#|\d>)/;

interface KnownProgram { readonly words: string; /** Where its words end, and others may be added. */ readonly end: number; /** What stands behind it. */ readonly rest: string }

function findProgram(command: string): KnownProgram | undefined {
  for (const { program, words } of portWords) {
    const found = program.exec(command);
    if (found === null) continue;
    const from = found.index + found[0].length;
    const length = command.slice(from).search(operator);
    const end = length < 0 ? command.length : from + length;
    // A quote may hide an operator, and who names a port means it.
    return /["'`\\]/.test(command.slice(from, end)) || /\s(?:--port|-p)\b/.test(command.slice(from, end)) ? undefined : { words, end, rest: command.slice(end) };
  }
  return undefined;
}

/** The words that a known program needs to listen on $PORT, where words at the end of the command reach it. */
export function portWordsOf(command: string): string | undefined {
  const found = findProgram(command.trimEnd());
  return found === undefined || found.rest !== "" ? undefined : found.words;
}

/** The command with $PORT told to the program that it starts, wherever it stands in it; undefined where nothing is known or it names the port itself. */
export function tellPort(command: string): string | undefined {
  const text = command.trimEnd();
  const found = findProgram(text);
  return found === undefined ? undefined : `${text.slice(0, found.end)} ${found.words}${found.rest}`;
}

/** True for what serves pages, so that its root answers. */
export function isWebServer(command: string): boolean {
  return portWords.some(({ program }) => program.test(command)) || readsPort.test(command);
}

/** True for what builds or tests again at each change, and answers nowhere. */
export function isWatcher(command: string): boolean {
  const isBuilder =
    /(?:^|[\s;&/])(?:tsc|tsup|tsdown|rollup|esbuild|swc|babel|postcss|tailwindcss|sass|jest|mocha|unbuild|microbundle|webpack|vite build)(?:\s|$)/.test(
      command,
    ) && /\s(?:-w|--watch|watch)(?=[=\s]|$)/.test(command);
  return (isBuilder || /(?:^|[\s;&/])vitest(?:\s|$)/.test(command)) && !/--serve\b|--onSuccess|(?:^|[\s;&/])(?:node|nodemon|concurrently)\s/.test(command);
}

/** A set-up of ours runs without network, so what installs packages would fail. */
const needsNetwork =
  /\b(?:npm (?:ci|i|install)|pnpm (?:i|install)|yarn(?: install)?(?=$|\s*[;&|]|\s+--)|bun (?:i|install)|pip3? install|uv (?:sync|pip)|poetry install|bundle install|cargo fetch|go mod download|composer install|curl|wget|apt(?:-get)?)(?![\w-])/;

export interface SplitScript {
  /** What is left of the script; undefined where nothing is. */
  readonly rest: string | undefined;
  /** Commands that install from the network. */
  readonly installs: readonly string[];
  /** Paths that it brings over from the main checkout. */
  readonly copies: readonly string[];
}

/** Takes apart a list of plain commands; a script with more than that stays whole. `rootVariable` names the main checkout. */
export function splitScript(script: string, rootVariable: string): SplitScript {
  const text = script.trim();
  if (/^\s*(?:if|for|while|case|function|set|export|trap)\b|[|`{}()<>\\]|<<|^#!/m.test(text.replaceAll(/\$\{\w+\}/g, "")))
    return { rest: text === "" ? undefined : text, installs: [], copies: [] };
  const parts = text.split(/\s*(?:;|&&|\n)\s*/).map((part) => part.trim()).filter((part) => part !== "" && !part.startsWith("#"));
  const copying = new RegExp(`^(?:cp|ln)(?: -\\w+)* "?\\$\\{?${rootVariable}\\}?"?/([\\w./-]+)"? "?(?:\\$\\{?\\w*WORK\\w*_PATH\\}?/)?([\\w./-]+)"?$`);
  const copyOf = (part: string): string | undefined => {
    const [, from, to = ""] = copying.exec(part) ?? [];
    return from !== undefined && (/^\.\/?$/.test(to) ? !from.includes("/") : to.replace(/^\.\//, "") === from) ? from : undefined;
  };
  const kinds = parts.map((part) => ({ part, copy: copyOf(part), isInstall: needsNetwork.test(part) }));
  const rest = kinds.filter(({ copy, isInstall }) => copy === undefined && !isInstall).map(({ part }) => part);
  return {
    rest: rest.length === 0 ? undefined : rest.length === parts.length ? text : rest.join(" && "),
    installs: kinds.filter(({ isInstall }) => isInstall).map(({ part }) => part),
    copies: kinds.flatMap(({ copy }) => copy ?? []),
  };
}

export function usesNetwork(script: string): boolean { return needsNetwork.test(script); }

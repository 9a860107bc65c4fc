// Says what a person can do where a model's provider refuses for good: a key that it does not take, a model that it does not have, an account without money. Pure.
import { isOutOfMoney } from "../../model/index.ts";

export interface ModelRefusal { readonly status: number | undefined; readonly words: string }

/** What the session was set up with, for the words of the remedy. */
export interface RefusedSetting { readonly client: string; readonly keyVariable: string | undefined; readonly model: string | undefined }

const modelWords =
  /\bmodel\b[\s\S]{0,200}\b(?:not (?:found|exist|supported|available)|does not exist|unknown|invalid|deprecated|no access)|\b(?:unknown|invalid|unsupported|no such)[ _]model\b|model_not_found/i;

/** Whether asking again is pointless whatever a client thinks of it. */
export function isFinal({ status, words }: ModelRefusal): boolean {
  return status === 401 || status === 403 || status === 404 || isOutOfMoney(status, words);
}

const lostWay =
  /\bECONN(?:REFUSED|RESET|ABORTED)\b|\bsocket hang up\b|\bfetch failed\b|\bconnection (?:error|refused|reset|closed|lost)\b|\bUnable to connect\b|\berror sending request\b/i;

/** Whether a client says that it did not get through to its model, where the relay saw no failing call: the way between them broke, which another try may mend. */
export function isWayLost(words: string): boolean {
  return lostWay.test(words.slice(0, 4_000));
}

/** The next command or setting; undefined where nothing of ours would help. */
export function remedyOf(refusal: ModelRefusal, setting: RefusedSetting): string | undefined {
  const { status, words } = refusal;
  if (status === 401 || status === 403)
    return setting.keyVariable === undefined ? `log in with ${setting.client} again` : `export ${setting.keyVariable}=… with a key that the provider takes`;
  if (isOutOfMoney(status, words)) return `pay the provider's account, or set agents.${setting.client}.baseUrl and its key to another`;
  if (status === 404 || (status === 400 && modelWords.test(words.slice(0, 2_000))))
    return `set agents.${setting.client}.model${setting.model === undefined ? "" : ` (now "${setting.model.slice(0, 100)}")`} to a model that the provider has`;
  return undefined;
}

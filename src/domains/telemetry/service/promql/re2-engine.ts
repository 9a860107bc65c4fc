// Loads the regex engine and hands it over.
import { RE2JS } from "re2js";
import { provideRe2 } from "./re2.ts";

provideRe2(RE2JS);

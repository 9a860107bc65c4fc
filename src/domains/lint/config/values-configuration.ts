// A configuration made of values instead of a file: each key is parsed by its own section, and one that is absent gives the defaults.
import type { Configuration, ConfigSection } from "../../../base/config-section.ts";
import { rulesSection } from "./rules.ts";
import { domainsSection, exceptionsSection, layersSection, providersSection } from "./sections.ts";

// Whoever reads may name a section by its key alone, so the schemas are ours to know.
const sections: readonly ConfigSection[] = [domainsSection, layersSection, providersSection, rulesSection, exceptionsSection];

/** Throws where a value is not what its section takes. */
export function configurationOf(values: Readonly<Record<string, unknown>>): Configuration {
  return {
    path: undefined, keys: Object.keys(values),
    read: (section) => {
      const own = sections.find(({ key }) => key === section.key) ?? section;
      return own.schema.parse(values[section.key]) as never; // what its own schema has parsed
    },
  };
}

/** A provider while it is typed. */
import type { CatalogEntry, Endpoint, ProviderInput, ProviderTrial, ProviderView } from "@/api/types";

export interface ProviderDraft {
  name: string;
  entry: CatalogEntry | null;
  /** Typed by hand; empty: those of the catalogue entry. */
  endpoints: Endpoint[];
  key: string;
  /** "env" only once the person agreed to it. */
  keyStore: "keychain" | "env";
  variables: Record<string, string>;
  /** It exists already: an empty key keeps the present one. */
  saved: boolean;
}

export function emptyDraft(entry: CatalogEntry, taken: string[] = []): ProviderDraft {
  let name = entry.id;
  for (let n = 2; taken.includes(name); n++) name = `${entry.id}-${n}`;
  return {
    name,
    entry,
    endpoints: entry.endpoints.length === 0 ? [{ dialect: "openai", base: "" }] : [],
    key: "",
    keyStore: "keychain",
    variables: {},
    saved: false,
  };
}

export function draftOf(p: ProviderView, entry: CatalogEntry | null): ProviderDraft {
  return {
    name: p.name,
    entry,
    endpoints: p.endpoints,
    key: "",
    keyStore: "keychain",
    variables: {},
    saved: true,
  };
}

/** Leaves out what was not typed, so that the catalogue's later changes reach those who never touched it. */
export function inputOf(d: ProviderDraft): ProviderInput {
  const endpoints = d.endpoints.map((e) => ({ ...e, base: e.base.trim() })).filter((e) => e.base !== "");
  const same = JSON.stringify(endpoints) === JSON.stringify(d.entry?.endpoints);
  const key = d.key.trim();
  return {
    ...(d.entry ? { catalog: d.entry.id } : {}),
    ...(endpoints.length && !same ? { endpoints } : {}),
    ...(key ? { key, key_store: d.keyStore } : {}),
    ...(Object.keys(d.variables).length ? { variables: d.variables } : {}),
  };
}

/** The same for a test, which needs the name to find the key of a saved provider. */
export function trialOf(d: ProviderDraft): ProviderTrial {
  return { name: d.name, ...inputOf(d) };
}

/** A provider while it is typed. */
import type {
  CatalogEntry,
  Endpoint,
  ProviderInput,
  ProviderKey,
  ProviderKeyInput,
  ProviderTrial,
  ProviderView,
} from "@/api/types";

/** One of several keys: one that is there, by its name, or a new one. */
export interface KeyDraft {
  id: number;
  name?: string;
  key?: string;
}

export interface ProviderDraft {
  name: string;
  entry: CatalogEntry | null;
  /** Typed by hand; empty: those of the catalogue entry. */
  endpoints: Endpoint[];
  key: string;
  /** All keys in their order; what is typed as key takes the place of the first. */
  keys: KeyDraft[];
  /** The keys as they are saved. */
  have: ProviderKey[];
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
    keys: [],
    have: [],
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
    keys: p.keys.map((k, id) => ({ id, name: k.name })),
    have: p.keys,
    keyStore: "keychain",
    variables: {},
    saved: true,
  };
}

/** Leaves out what was not typed, so that the catalogue's later changes reach those who never touched it. */
export function inputOf(d: ProviderDraft): ProviderInput {
  const endpoints = d.endpoints.map((e) => ({ ...e, base: e.base.trim() })).filter((e) => e.base !== "");
  const same = JSON.stringify(endpoints) === JSON.stringify(d.entry?.endpoints);
  return {
    ...(d.entry ? { catalog: d.entry.id } : {}),
    ...(endpoints.length && !same ? { endpoints } : {}),
    ...keysOf(d),
    ...(Object.keys(d.variables).length ? { variables: d.variables } : {}),
  };
}

/** A new key is typed somewhere. */
export const hasNewKey = (d: ProviderDraft): boolean =>
  d.key.trim() !== "" || d.keys.some((k) => (k.key ?? "").trim() !== "");

/** A key that was typed takes the place of the first. The whole list is sent only when it changed. */
function keysOf(d: ProviderDraft): Pick<ProviderInput, "key" | "key_store" | "keys"> {
  const key = d.key.trim();
  const list: ProviderKeyInput[] = d.keys
    .map((k) => (k.name === undefined ? { key: (k.key ?? "").trim() } : { name: k.name }))
    .filter((k) => k.name !== undefined || k.key !== "");
  const store = hasNewKey(d) ? { key_store: d.keyStore } : {};
  const same = list.length === d.have.length && list.every((k, i) => k.name === d.have[i]?.name);
  if (same) return key ? { key, ...store } : {};
  return { keys: key ? [{ key }, ...list.slice(1)] : list, ...store };
}

/** The same for a test, which needs the name to find the key of a saved provider. */
export function trialOf(d: ProviderDraft): ProviderTrial {
  return { name: d.name, ...inputOf(d) };
}

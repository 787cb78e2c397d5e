import { ActionIcon, Anchor, Button, Checkbox, PasswordInput, Select, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { openOutside } from "@/api/live";
import type { Dialect, Keys } from "@/api/types";
import { BASE_EXAMPLES, ENDPOINT_DIALECTS } from "../dialects";
import { hasNewKey, type ProviderDraft } from "./draft";
import classes from "./ProviderForm.module.css";
import { ProviderKeys } from "./ProviderKeys";

interface Props {
  draft: ProviderDraft;
  onChange: (draft: ProviderDraft) => void;
  keys?: Keys;
  /** Show the addresses even though the catalogue knows them. */
  showEndpoints?: boolean;
  autoFocus?: boolean;
}

/** Where a provider is and its key. Which key it has is never shown, only where it is kept. */
export function ProviderForm({ draft, onChange, keys, showEndpoints, autoFocus }: Props) {
  const { t } = useTranslation();
  const { entry } = draft;
  const custom = entry === null || entry.endpoints.length === 0;
  const asks = entry?.variables ?? [];
  const keyUrl = entry?.key_url ?? "";
  const elsewhere = draft.endpoints.length > 0;
  const noKeychain = keys?.available === false;
  const change = (more: Partial<ProviderDraft>) => onChange({ ...draft, ...more });
  return (
    <div className={classes.form}>
      {custom && !draft.saved && (
        <TextInput
          label={t("provider.name.label")}
          description={t("provider.name.help")}
          value={draft.name}
          onChange={(e) => change({ name: e.currentTarget.value.trim() })}
          required
        />
      )}
      {custom || showEndpoints || elsewhere ? (
        <Endpoints draft={draft} onChange={change} autoFocus={autoFocus && custom} />
      ) : (
        asks.length === 0 && (
          <p className={classes.note}>
            {entry.endpoints[0]?.base}{" "}
            <Button variant="subtle" size="compact-xs" onClick={() => change({ endpoints: entry.endpoints })}>
              {t("provider.endpoints.other")}
            </Button>
          </p>
        )
      )}
      {asks.map((v, i) => (
        <TextInput
          key={v.name}
          label={v.label}
          placeholder={v.example}
          value={draft.variables[v.name] ?? ""}
          onChange={(e) =>
            change({ variables: { ...draft.variables, [v.name]: e.currentTarget.value.trim() } })
          }
          required={!draft.saved}
          data-autofocus={autoFocus && i === 0 ? true : undefined}
        />
      ))}
      {(draft.have.length > 0 || draft.keys.length > 0) && <ProviderKeys draft={draft} onChange={change} />}
      <PasswordInput
        label={t(keyLabel(draft, custom))}
        description={
          entry && keyUrl ? (
            <Anchor
              href={keyUrl}
              fz={12}
              onClick={(e) => {
                e.preventDefault();
                openOutside(keyUrl);
              }}
            >
              {t("provider.key.get", { provider: entry.label })}
            </Anchor>
          ) : undefined
        }
        placeholder={draft.keys.length > 0 ? t("provider.key.keep") : entry?.key_hint}
        value={draft.key}
        onChange={(e) => change({ key: e.currentTarget.value })}
        required={!draft.saved && entry?.needs_key === true}
        autoComplete="off"
        autoFocus={autoFocus && !custom && asks.length === 0}
        spellCheck={false}
      />
      {noKeychain ? (
        <div className={classes.noKeychain} role="status">
          <strong>{t("provider.noKeychain.title")}</strong>
          <p>{keys.problem || t("provider.noKeychain.text")}</p>
          <Checkbox
            checked={draft.keyStore === "env"}
            onChange={(e) => change({ keyStore: e.currentTarget.checked ? "env" : "keychain" })}
            label={t("provider.noKeychain.env")}
            required={hasNewKey(draft)}
          />
        </div>
      ) : (
        <p className={classes.note}>{t("provider.key.kept")}</p>
      )}
    </div>
  );
}

function keyLabel(draft: ProviderDraft, custom: boolean) {
  if (draft.keys.length > 1) return "provider.key.first";
  return draft.entry?.needs_key === false || custom ? "provider.key.optional" : "provider.key.label";
}

function Endpoints({
  draft,
  onChange,
  autoFocus,
}: {
  draft: ProviderDraft;
  onChange: (more: Partial<ProviderDraft>) => void;
  autoFocus?: boolean;
}) {
  const { t } = useTranslation();
  const set = (i: number, base: string, dialect: Dialect) =>
    onChange({ endpoints: draft.endpoints.map((e, at) => (at === i ? { base, dialect } : e)) });
  const used = draft.endpoints.map((e) => e.dialect);
  const unused = ENDPOINT_DIALECTS.find((d) => !used.includes(d)) ?? "openai";
  return (
    <fieldset className={classes.endpoints}>
      <legend>{t("provider.endpoints.label")}</legend>
      {draft.endpoints.map((e, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: endpoints have no name but their place
        <div key={i} className={classes.endpoint}>
          <Select
            value={e.dialect}
            data={[...new Set([...ENDPOINT_DIALECTS, e.dialect])].map((d) => ({
              value: d,
              label: t(`dialect.${d}`),
            }))}
            onChange={(v) => set(i, e.base, v ?? e.dialect)}
            allowDeselect={false}
            aria-label={t("provider.endpoints.dialect")}
            className={classes.dialect}
          />
          <TextInput
            value={e.base}
            onChange={(ev) => set(i, ev.currentTarget.value, e.dialect)}
            placeholder={BASE_EXAMPLES[e.dialect]}
            aria-label={t("provider.endpoints.base")}
            className={classes.base}
            autoFocus={autoFocus && i === 0}
            required
          />
          {draft.endpoints.length > 1 && (
            <ActionIcon
              onClick={() => onChange({ endpoints: draft.endpoints.filter((_, at) => at !== i) })}
              aria-label={t("provider.endpoints.remove")}
            >
              <IconTrash size={15} stroke={1.6} />
            </ActionIcon>
          )}
        </div>
      ))}
      <Button
        variant="subtle"
        color="gray"
        size="compact-xs"
        leftSection={<IconPlus size={13} />}
        onClick={() => onChange({ endpoints: [...draft.endpoints, { dialect: unused, base: "" }] })}
      >
        {t("provider.endpoints.add")}
      </Button>
    </fieldset>
  );
}

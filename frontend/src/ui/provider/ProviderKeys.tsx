import { ActionIcon, Button, PasswordInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { KeyBadge } from "../KeyBadge";
import type { KeyDraft, ProviderDraft } from "./draft";
import classes from "./ProviderForm.module.css";

interface Props {
  draft: ProviderDraft;
  onChange: (more: Partial<ProviderDraft>) => void;
}

/** The keys of a saved provider in the order they are tried: where each is kept, never what it is. */
export function ProviderKeys({ draft, onChange }: Props) {
  const { t } = useTranslation();
  const { keys, have } = draft;
  const set = (next: KeyDraft[]) => onChange({ keys: next });
  const swap = (at: number, to: number) => {
    const next = keys.slice();
    next.splice(to, 0, ...next.splice(at, 1));
    set(next);
  };
  return (
    <fieldset className={classes.endpoints}>
      <legend>{t("provider.keys.label")}</legend>
      {keys.length > 1 && <p className={classes.keysNote}>{t("provider.keys.order")}</p>}
      <ol className={classes.keys}>
        {keys.map((k, i) => {
          const known = have.find((h) => h.name === k.name);
          const name = k.name ?? t("provider.keys.nth", { n: i + 1 });
          return (
            <li key={k.id} className={classes.keyRow}>
              {known ? (
                <>
                  <span className={classes.keyName} title={known.ref || known.name}>
                    {known.name}
                  </span>
                  <KeyBadge state={known.state} detail={known.problem} />
                </>
              ) : (
                <PasswordInput
                  className={classes.base}
                  value={k.key ?? ""}
                  onChange={(e) =>
                    set(keys.map((x) => (x.id === k.id ? { ...x, key: e.currentTarget.value } : x)))
                  }
                  aria-label={t("provider.keys.new")}
                  placeholder={draft.entry?.key_hint || t("provider.keys.new")}
                  autoComplete="off"
                  spellCheck={false}
                  autoFocus
                />
              )}
              {keys.length > 1 && (
                <span className={classes.keyMoves}>
                  <ActionIcon
                    disabled={i === 0}
                    onClick={() => swap(i, i - 1)}
                    aria-label={t("provider.keys.up", { name })}
                  >
                    <IconArrowUp size={14} stroke={1.6} />
                  </ActionIcon>
                  <ActionIcon
                    disabled={i === keys.length - 1}
                    onClick={() => swap(i, i + 1)}
                    aria-label={t("provider.keys.down", { name })}
                  >
                    <IconArrowDown size={14} stroke={1.6} />
                  </ActionIcon>
                </span>
              )}
              <ActionIcon
                onClick={() => set(keys.filter((x) => x.id !== k.id))}
                aria-label={t("provider.keys.remove", { name })}
              >
                <IconTrash size={15} stroke={1.6} />
              </ActionIcon>
            </li>
          );
        })}
      </ol>
      <Button
        variant="subtle"
        color="gray"
        size="compact-xs"
        leftSection={<IconPlus size={13} />}
        onClick={() => set([...keys, { id: Math.max(0, ...keys.map((k) => k.id)) + 1, key: "" }])}
      >
        {t("provider.keys.add")}
      </Button>
    </fieldset>
  );
}

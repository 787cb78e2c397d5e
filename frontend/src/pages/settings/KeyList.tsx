import { ActionIcon, Tooltip } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Keys } from "@/api/types";
import { ConfirmByName } from "@/ui/ConfirmByName";
import { KeyBadge } from "@/ui/KeyBadge";
import { Problem } from "@/ui/Problem";
import classes from "./SettingsPage.module.css";

interface Props {
  keys?: Keys;
  error: unknown;
  onRemove: (name: string) => void;
}

/** The keychain: whether there is one, what it holds by name, and who uses it. */
export function KeyList({ keys, error, onRemove }: Props) {
  const { t } = useTranslation();
  const [removing, setRemoving] = useState<string | null>(null);
  return (
    <section id="keys" aria-label={t("settings.keys.title")}>
      <h2 className={classes.title}>{t("settings.keys.title")}</h2>
      {error ? <Problem error={error} /> : null}
      {keys && !keys.available && (
        <div className={classes.warning} role="status">
          <strong>{t("provider.noKeychain.title")}</strong>
          <p>{keys.problem || t("provider.noKeychain.text")}</p>
        </div>
      )}
      {keys?.available && keys.keys.length === 0 && <p className={classes.none}>{t("settings.keys.none")}</p>}
      {keys?.keys.map((k) => (
        <div key={k.name} className={classes.row}>
          <div className={classes.words}>
            <span className={classes.label}>{k.name}</span>
            <p>
              {k.used_by.length
                ? t("settings.keys.usedBy", { names: k.used_by.join(", ") })
                : t("settings.keys.unused")}
            </p>
          </div>
          <div className={classes.control}>
            <KeyBadge state={k.present ? "keychain" : "missing"} />
            <Tooltip label={t("settings.keys.remove")}>
              <ActionIcon
                onClick={() => setRemoving(k.name)}
                disabled={!k.present}
                aria-label={t("settings.keys.removeOf", { name: k.name })}
              >
                <IconTrash size={15} stroke={1.6} />
              </ActionIcon>
            </Tooltip>
          </div>
        </div>
      ))}
      {removing && (
        <ConfirmByName
          title={t("settings.keys.removeOf", { name: removing })}
          text={t("settings.keys.removeText")}
          name={removing}
          action={t("settings.keys.remove")}
          busy={false}
          onConfirm={() => {
            onRemove(removing);
            setRemoving(null);
          }}
          onClose={() => setRemoving(null)}
        />
      )}
    </section>
  );
}

import { ActionIcon, NumberInput, Select, Switch, TagsInput, TextInput, Tooltip } from "@mantine/core";
import { IconArrowBackUp } from "@tabler/icons-react";
import { useEffect, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Setting } from "@/api/types";
import { explain } from "@/ui/explain";
import classes from "./SettingsPage.module.css";
import type { SettingText } from "./useSettingText";

interface Props {
  setting: Setting;
  text: SettingText;
  busy: boolean;
  error: Error | null;
  /** Null puts the default back. */
  onSave: (value: unknown) => void;
}

const shownValue = (v: unknown): string =>
  Array.isArray(v) ? v.join(", ") : v === "" || v === null ? "—" : String(v);

/** One setting: what it is, its value, where the value comes from, and the way back to the default. */
export function SettingRow({ setting, text, busy, error, onSave }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const fixed = setting.source === "environment";
  const why = error ? explain(error) : null;
  const isDefault = shownValue(setting.value) === shownValue(setting.default);
  return (
    <div className={classes.row} aria-busy={busy}>
      <div className={classes.words}>
        <div className={classes.nameLine}>
          <label htmlFor={id}>{text.label}</label>
          <span className={classes.origin} title={setting.key}>
            {fixed
              ? t("settings.fromEnvironment", { value: shownValue(setting.default) })
              : isDefault
                ? t("settings.default")
                : t("settings.changed", { value: shownValue(setting.default) })}
          </span>
        </div>
        {text.help && <p>{text.help}</p>}
        {setting.restart && !isDefault && !fixed && <p>{t("settings.restart")}</p>}
        {why && (
          <p className={classes.error} role="alert">
            {[why.detail, ...why.lines].join(" ")}
          </p>
        )}
      </div>
      <div className={classes.control}>
        <Control id={id} setting={setting} disabled={fixed} failed={error !== null} onSave={onSave} />
        <Tooltip label={t("settings.reset")}>
          <ActionIcon
            onClick={() => onSave(null)}
            disabled={isDefault || fixed}
            data-hidden={isDefault || fixed || undefined}
            className={classes.reset}
            aria-label={t("settings.resetOf", { name: text.label })}
          >
            <IconArrowBackUp size={15} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
      </div>
    </div>
  );
}

interface ControlProps {
  id: string;
  setting: Setting;
  disabled: boolean;
  failed: boolean;
  onSave: (value: unknown) => void;
}

function Control({ id, setting, disabled, failed, onSave }: ControlProps) {
  const { t, i18n } = useTranslation();
  switch (setting.type) {
    case "boolean":
      return (
        <Switch
          id={id}
          size="sm"
          checked={setting.value === true}
          disabled={disabled}
          onChange={(e) => onSave(e.currentTarget.checked)}
        />
      );
    case "enum":
      return (
        <Select
          id={id}
          value={String(setting.value)}
          disabled={disabled}
          allowDeselect={false}
          data={(setting.options ?? []).map((o) => {
            const known = `settings.option.${o}`;
            return { value: o, label: i18n.exists(known) ? t(known as "settings.option.system") : o };
          })}
          onChange={(v) => v !== setting.value && onSave(v)}
        />
      );
    case "list":
      return (
        <TagsInput
          id={id}
          value={Array.isArray(setting.value) ? setting.value.map(String) : []}
          disabled={disabled}
          onChange={onSave}
          placeholder={
            Array.isArray(setting.value) && setting.value.length ? undefined : t("settings.addItem")
          }
        />
      );
    default:
      return <Typed id={id} setting={setting} disabled={disabled} failed={failed} onSave={onSave} />;
  }
}

/** Saved when left or on Enter. What was refused stays as typed, with the reason beside it. */
function Typed({ id, setting, disabled, failed, onSave }: ControlProps) {
  const present = setting.value === null || setting.value === undefined ? "" : String(setting.value);
  const [typed, setTyped] = useState(present);
  useEffect(() => setTyped(present), [present]);
  const numeric = setting.type === "integer";
  const send = () => {
    if (typed === present) return;
    if (typed.trim() === "") onSave(setting.type === "string" ? "" : null);
    else onSave(numeric ? Number(typed) : typed.trim());
  };
  const props = {
    id,
    value: typed,
    disabled,
    error: failed,
    onBlur: send,
    onKeyDown: (e: React.KeyboardEvent) => {
      if (e.key === "Enter") send();
      if (e.key === "Escape") setTyped(present);
    },
  };
  return numeric ? (
    <NumberInput {...props} onChange={(v) => setTyped(String(v))} allowDecimal={false} hideControls />
  ) : (
    <TextInput {...props} onChange={(e) => setTyped(e.currentTarget.value)} spellCheck={false} />
  );
}

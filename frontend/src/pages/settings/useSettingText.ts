import { useCallback } from "react";
import { useTranslation } from "react-i18next";

export interface SettingText {
  label: string;
  help: string;
}

/** The words of a setting by its YAML path. A setting that is newer than these words shows its path. */
export function useSettingText(): (key: string) => SettingText {
  const { i18n } = useTranslation();
  return useCallback(
    (key) => {
      const found = i18n.getResource("en", "translation", `setting.${key}`) as
        | Partial<SettingText>
        | undefined;
      return { label: found?.label ?? humanise(key), help: found?.help ?? "" };
    },
    [i18n],
  );
}

function humanise(key: string): string {
  const last = (key.split(".").pop() ?? key).replaceAll("_", " ");
  return last.charAt(0).toUpperCase() + last.slice(1);
}

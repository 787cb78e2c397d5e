import {
  IconAlertTriangle,
  IconFileText,
  type IconKey,
  IconKeyOff,
  IconLock,
  IconTerminal2,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { KeyState } from "@/api/types";
import classes from "./KeyBadge.module.css";

const ICONS = {
  keychain: IconLock,
  env: IconTerminal2,
  file: IconFileText,
  missing: IconAlertTriangle,
  none: IconKeyOff,
} satisfies Record<KeyState, typeof IconKey>;

/** Where a key is, never what it is. */
export function KeyBadge({ state, detail }: { state: KeyState; detail?: string }) {
  const { t } = useTranslation();
  const Icon = ICONS[state];
  return (
    <span className={classes.key} data-state={state} title={detail || t(`key.${state}.title`)}>
      <Icon size={14} stroke={1.7} aria-hidden />
      {t(`key.${state}.label`)}
    </span>
  );
}

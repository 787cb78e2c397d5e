import { UnstyledButton } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { exact } from "@/format/units";
import { errorKind } from "@/ui/errorKind";
import classes from "./ErrorText.module.css";
import { cut } from "./Foldable";

/** Providers may say a lot; it must not push what comes after it out of sight. */
const LINES = 3;

/** What kind of error it was and what was said about it, folded when that is long. */
export function ErrorText({ kind, message }: { kind?: string; message: string }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const short = cut(message, LINES + 1) === null ? null : cut(message, LINES);
  return (
    <div className={open ? classes.open : undefined}>
      {kind && <strong className={classes.kind}>{errorKind(kind)}</strong>}{" "}
      {open || short === null ? message : `${short}…`}
      {short !== null && (
        <UnstyledButton className={classes.more} onClick={() => setOpen(!open)} aria-expanded={open}>
          {open ? t("ui.less") : t("ui.more", { count: exact(message.length - short.length) })}
        </UnstyledButton>
      )}
    </div>
  );
}

import { ActionIcon, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./Copy.module.css";
import { useScrolls } from "./useScrolls";

/** Copies also where the clipboard API is missing: plain HTTP on another host, older webviews. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.style.position = "fixed";
    area.style.opacity = "0";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

/** Says "copied" for a moment after a copy. */
export function useCopy() {
  const [copied, setCopied] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async (text: string) => {
    setCopied(await copyText(text));
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setCopied(false), 1500);
  };
  return { copied, copy };
}

interface ButtonProps {
  text: string | (() => string);
  label?: string;
  className?: string;
  /** What it shows when there is another thing to be copied beside it. */
  icon?: ReactNode;
}

export function CopyButton({ text, label, className, icon }: ButtonProps) {
  const { t } = useTranslation();
  const { copied, copy } = useCopy();
  const name = copied ? t("ui.copied") : (label ?? t("ui.copy"));
  return (
    <Tooltip label={name}>
      <ActionIcon
        className={className}
        aria-label={name}
        onClick={() => copy(typeof text === "function" ? text() : text)}
      >
        {copied ? (
          <IconCheck size={15} className={classes.done} />
        ) : (
          (icon ?? <IconCopy size={15} stroke={1.6} />)
        )}
      </ActionIcon>
    </Tooltip>
  );
}

/** Text meant to be copied, e.g. a command; long text keeps its lines. */
export function CopyLine({ text, label }: { text: string; label?: string }) {
  return (
    <div className={classes.line}>
      <pre {...useScrolls()} className={classes.text}>
        {text}
      </pre>
      <CopyButton text={text} label={label} className={classes.button} />
    </div>
  );
}

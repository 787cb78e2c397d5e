import { UnstyledButton } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { exact } from "@/format/units";
import { useScrolls } from "@/ui/useScrolls";
import classes from "./Foldable.module.css";

interface Props {
  text: string;
  /** Lines shown before the rest is folded away. */
  lines: number;
  mono?: boolean;
}

const WIDTH = 110;

/** Cuts a text after so many lines, counting long lines as several. Null when it fits. */
export function cut(text: string, lines: number): string | null {
  let used = 0;
  let at = 0;
  while (at < text.length) {
    const end = text.indexOf("\n", at);
    const length = (end === -1 ? text.length : end) - at;
    const needed = Math.max(1, Math.ceil(length / WIDTH));
    if (used + needed > lines) {
      const room = lines - used;
      return text.slice(0, room > 0 ? at + room * WIDTH : Math.max(0, at - 1));
    }
    used += needed;
    if (end === -1) return null;
    at = end + 1;
  }
  return null;
}

/** Text by which people talk to models: plain, with fenced code set apart; folded when long. */
export function Foldable({ text, lines, mono }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  // A few lines over the limit are not worth a click.
  const short = cut(text, lines + 3) === null ? null : cut(text, lines);
  const shown = open || short === null ? text : short;
  return (
    <div className={classes.box}>
      {mono ? <pre className={classes.mono}>{shown}</pre> : <Prose text={shown} />}
      {short !== null && (
        <UnstyledButton className={classes.more} onClick={() => setOpen(!open)} aria-expanded={open}>
          {open ? t("ui.less") : t("ui.more", { count: exact(text.length - short.length) })}
        </UnstyledButton>
      )}
    </div>
  );
}

function Prose({ text }: { text: string }) {
  // Odd parts are inside ``` fences.
  return text.split(/^```[^\n]*\n?/m).map((part, i) =>
    i % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: a recorded text never changes
      <Code key={i} text={part.replace(/\n$/, "")} />
    ) : part.trim() === "" ? null : (
      // biome-ignore lint/suspicious/noArrayIndexKey: a recorded text never changes
      <div key={i} className={classes.prose}>
        {part.replace(/^\n+|\n+$/g, "")}
      </div>
    ),
  );
}

function Code({ text }: { text: string }) {
  return (
    <pre {...useScrolls()} className={classes.code}>
      {text}
    </pre>
  );
}

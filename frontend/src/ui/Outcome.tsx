import { useTranslation } from "react-i18next";
import type { Outcome as Value } from "@/api/types";
import classes from "./Outcome.module.css";

interface Props {
  outcome: Value | "running";
  /** Shown beside the mark, e.g. the HTTP status. */
  text?: string | number;
}

/** How a request ended: a dot, a triangle, a bar or a ring, each with its own colour and word. */
export function Outcome({ outcome, text }: Props) {
  const { t } = useTranslation();
  const word = t(`outcome.${outcome}`);
  return (
    <span className={classes.outcome} data-outcome={outcome} title={word}>
      <svg viewBox="0 0 10 10" width="10" height="10" role="img" aria-label={word}>
        {outcome === "success" && <circle cx="5" cy="5" r="3.6" fill="currentColor" />}
        {outcome === "error" && <path d="M5 .8 9.4 9H.6Z" fill="currentColor" />}
        {outcome === "cancelled" && <rect x="1" y="3.8" width="8" height="2.4" rx="1" fill="currentColor" />}
        {outcome === "running" && (
          <circle cx="5" cy="5" r="3.4" fill="none" stroke="currentColor" strokeWidth="1.8" />
        )}
      </svg>
      {text !== undefined && <span>{text}</span>}
    </span>
  );
}

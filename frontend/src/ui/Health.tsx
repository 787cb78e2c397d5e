import { useTranslation } from "react-i18next";
import { clockTime } from "@/format/time";
import classes from "./Health.module.css";
import { type Standing, standingWords } from "./health";

interface Props {
  status: Standing;
  until?: string;
  lastError?: string;
  /** What the core says about it, in a sentence. */
  why?: string;
  /** The mark alone, with its words for screen readers. */
  bare?: boolean;
}

/** How a target is doing: each standing has its own shape, colour and word. */
export function Health({ status, until, lastError, why, bare }: Props) {
  const { t } = useTranslation();
  const { key, code } = standingWords({ status, until, lastError });
  const at = until ? clockTime(new Date(until)) : "";
  const words = `${t(`health.${key}`, { time: at })}${code ? ` (${code})` : ""}`;
  const full = why && status !== "ok" ? `${words}: ${why}` : words;
  return (
    <span className={classes.health} data-status={status} title={full}>
      <svg
        viewBox="0 0 10 10"
        width="10"
        height="10"
        role="img"
        aria-label={words}
        aria-hidden={!bare || undefined}
      >
        {status === "ok" && <circle cx="5" cy="5" r="3.6" fill="currentColor" />}
        {status === "unknown" && (
          <circle cx="5" cy="5" r="3" fill="none" stroke="currentColor" strokeWidth="1.2" />
        )}
        {status === "cooling" && <path d="M1.8 1.4h2.3v7.2H1.8zM5.9 1.4h2.3v7.2H5.9z" fill="currentColor" />}
        {status === "open" && <path d="M5 .8 9.4 9H.6Z" fill="currentColor" />}
        {status === "probing" && (
          <circle
            cx="5"
            cy="5"
            r="3.4"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.8"
            strokeDasharray="2.6 1.6"
          />
        )}
        {status === "busy" && <path d="M5 .6 9.4 5 5 9.4.6 5Z" fill="currentColor" />}
        {status === "key_refused" && (
          <path d="M1.8 1.8l6.4 6.4M8.2 1.8 1.8 8.2" stroke="currentColor" strokeWidth="2" />
        )}
      </svg>
      {!bare && <span className={classes.words}>{words}</span>}
    </span>
  );
}

import { useTranslation } from "react-i18next";
import type { InFlight } from "@/api/types";
import { compact, duration } from "@/format/units";
import { Swatch } from "@/ui/Swatch";
import { useNow } from "@/ui/useNow";
import classes from "./rows.module.css";

const SHOWN = 6;

/** What is under way: who asked, whom, for how long, how far. */
export function InFlightList({ items }: { items?: InFlight[] }) {
  const { t } = useTranslation();
  const now = useNow(500).getTime();
  if (!items) return <div className={classes.wait} />;
  if (items.length === 0) return <p className={classes.none}>{t("overview.inflight.none")}</p>;
  return (
    <ul className={classes.rows}>
      {items.slice(0, SHOWN).map((r) => (
        <li key={r.id} className={classes.row}>
          <span className={classes.pulse} aria-hidden />
          <span className={classes.grow}>
            <Swatch name={r.model} />
            <span className={classes.clip}>{r.model}</span>
          </span>
          <span className={classes.side}>{r.client}</span>
          <span className={classes.num}>
            {r.output_tokens > 0
              ? t("overview.inflight.tokens", { n: compact(r.output_tokens) })
              : t("overview.inflight.waiting")}
          </span>
          <span className={classes.num}>{duration(Math.max(0, now - Date.parse(r.time)) * 1000)}</span>
        </li>
      ))}
      {items.length > SHOWN && (
        <li className={classes.none}>{t("overview.inflight.more", { count: items.length - SHOWN })}</li>
      )}
    </ul>
  );
}

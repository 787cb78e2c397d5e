import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { Row } from "@/api/types";
import { compact, exact } from "@/format/units";
import { Swatch } from "@/ui/Swatch";
import classes from "./rows.module.css";

const SHOWN = 6;

/** The most used of something, with its share of all requests. */
export function TopList({ rows, by }: { rows?: Row[]; by: "model" | "client" }) {
  const { t } = useTranslation();
  if (!rows) return <div className={classes.wait} />;
  if (rows.length === 0) return <p className={classes.none}>{t("overview.none")}</p>;
  const most = Math.max(...rows.map((r) => r.totals.requests));
  return (
    <ul className={classes.rows}>
      {rows.slice(0, SHOWN).map(({ key, totals }) => {
        const tokens =
          totals.usage.input + totals.usage.cache_read + totals.usage.cache_write + totals.usage.output;
        return (
          <li key={key}>
            <Link href={`/requests?${by}=${encodeURIComponent(key)}`} className={classes.row}>
              <span className={classes.grow}>
                {by === "model" && <Swatch name={key} />}
                <span className={classes.clip}>{key || t("chart.none")}</span>
              </span>
              <span
                className={classes.share}
                style={{ width: `${(totals.requests / most) * 100}%` }}
                aria-hidden
              />
              <span className={classes.num} title={t("overview.requests", { n: exact(totals.requests) })}>
                {compact(totals.requests)}
              </span>
              <span
                className={`${classes.num} ${classes.dim}`}
                title={t("overview.tokens", { n: exact(tokens) })}
              >
                {compact(tokens)}
              </span>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}

import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { RequestRecord } from "@/api/types";
import { Outcome } from "@/ui/Outcome";
import { Ago } from "@/ui/Values";
import classes from "./rows.module.css";

/** The last failures, each one click from its request. */
export function RecentErrors({ records }: { records?: RequestRecord[] }) {
  const { t } = useTranslation();
  if (!records) return <div className={classes.wait} />;
  if (records.length === 0) return <p className={classes.none}>{t("overview.errors.none")}</p>;
  return (
    <ul className={classes.rows}>
      {records.map((r) => (
        <li key={r.id}>
          <Link href={`/requests/${r.id}?outcome=error`} className={classes.row} title={r.error_message}>
            <Outcome outcome="error" text={r.status || ""} />
            <span className={classes.clip}>{r.model}</span>
            <span className={`${classes.grow} ${classes.dim}`}>
              <span className={classes.clip}>{r.error_message || r.error_kind}</span>
            </span>
            <span className={`${classes.num} ${classes.dim}`}>
              <Ago time={r.time} />
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

import { useTranslation } from "react-i18next";
import type { RequestRecord } from "@/api/types";
import { duration } from "@/format/units";
import { Outcome } from "@/ui/Outcome";
import table from "@/ui/table.module.css";
import classes from "./RequestDetail.module.css";

/** Every try at a backend, in order. */
export function Attempts({ record }: { record: RequestRecord }) {
  const { t } = useTranslation();
  if (record.attempts.length === 0) return <p className={classes.note}>{t("attempts.none")}</p>;
  return (
    <div style={{ padding: "4px 16px 16px", overflowX: "auto" }}>
      <table className={table.table}>
        <thead>
          <tr>
            <th>{t("attempts.backend")}</th>
            <th>{t("attempts.provider")}</th>
            <th>{t("attempts.result")}</th>
            <th className={table.num}>{t("attempts.start")}</th>
            <th className={table.num}>{t("attempts.took")}</th>
            <th>{t("attempts.connection")}</th>
          </tr>
        </thead>
        <tbody>
          {record.attempts.map((a) => (
            <tr key={a.start_us}>
              <td>{a.backend}</td>
              <td className={table.dim}>{a.provider}</td>
              <td style={{ whiteSpace: "normal" }}>
                <Outcome
                  outcome={a.kind === "cancelled" ? "cancelled" : a.kind ? "error" : "success"}
                  text={a.status || t("attempts.noAnswer")}
                />{" "}
                {a.message && <span className={table.dim}>{a.message}</span>}
              </td>
              <td className={table.num}>{duration(a.start_us)}</td>
              <td className={table.num}>{duration(a.duration_us)}</td>
              <td className={table.dim}>{t(a.reused ? "attempts.reused" : "attempts.new")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

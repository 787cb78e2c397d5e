import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import type { Attempt, RequestRecord } from "@/api/types";
import { duration } from "@/format/units";
import { spoken } from "@/ui/dialects";
import { Outcome } from "@/ui/Outcome";
import table from "@/ui/table.module.css";
import { useScrolls } from "@/ui/useScrolls";
import own from "./Attempts.module.css";
import { ErrorText } from "./ErrorText";
import classes from "./RequestDetail.module.css";

/** Every try at a backend in order, why it was the next, and who was passed over. */
export function Attempts({ record }: { record: RequestRecord }) {
  const { t } = useTranslation();
  const scrolls = useScrolls();
  if (record.attempts.length === 0) return <p className={classes.note}>{t("attempts.none")}</p>;
  const rows = record.attempts.map((a, at) => ({ a, at }));
  return (
    <div {...scrolls} className={own.box}>
      <table className={table.table}>
        <thead>
          <tr>
            <th>{t("attempts.backend")}</th>
            <th>{t("attempts.why")}</th>
            <th>{t("attempts.result")}</th>
            <th className={table.num}>{t("attempts.start")}</th>
            <th className={table.num}>{t("attempts.took")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ a, at }) => (
            <Fragment key={at}>
              <tr className={said(a) ? own.said : own.plain} data-skipped={a.skipped ? true : undefined}>
                <td>
                  {a.backend}
                  <div className={table.dim}>
                    {a.key ? t("attempts.withKey", { provider: a.provider, key: a.key }) : a.provider}
                  </div>
                </td>
                <td title={t(`attempts.whyHelp.${a.why ?? "first"}`)}>
                  {t(`attempts.because.${a.why ?? "first"}`)}
                  {!a.skipped && <div className={own.dialect}>{spoken(record, a.dialect)}</div>}
                </td>
                <td>{a.skipped ? t("attempts.skipped") : <Result attempt={a} />}</td>
                <td className={table.num}>
                  {duration(a.start_us)}
                  {a.wait_us ? (
                    <div className={table.dim} title={t("timing.help.pause")}>
                      {t("attempts.waited", { time: duration(a.wait_us) })}
                    </div>
                  ) : null}
                </td>
                <td className={table.num}>
                  {!a.skipped && (
                    <>
                      {duration(a.duration_us)}
                      <div className={table.dim} title={t("attempts.connectionHelp")}>
                        {t(a.reused ? "attempts.reused" : "attempts.new")}
                      </div>
                    </>
                  )}
                </td>
              </tr>
              {said(a) && (
                <tr className={own.note} data-skipped={a.skipped ? true : undefined}>
                  <td colSpan={5}>
                    {a.skipped && <div className={own.reason}>{a.skipped}</div>}
                    {a.message && <ErrorText kind={a.kind} message={a.message} />}
                    {a.dropped && (
                      <div className={table.dim} title={t("attempts.leftOutHelp")}>
                        {t("attempts.leftOut", { fields: a.dropped })}
                      </div>
                    )}
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What there is to say about an attempt beyond its numbers. */
const said = (a: Attempt) => Boolean(a.skipped || a.message || a.dropped);

function Result({ attempt: a }: { attempt: Attempt }) {
  const { t } = useTranslation();
  return (
    <Outcome
      outcome={a.kind === "cancelled" ? "cancelled" : a.kind ? "error" : "success"}
      text={a.status || t("attempts.noAnswer")}
    />
  );
}

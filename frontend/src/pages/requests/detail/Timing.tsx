import { useTranslation } from "react-i18next";
import type { RequestRecord } from "@/api/types";
import { duration } from "@/format/units";
import { spans } from "./spans";
import classes from "./Timing.module.css";

/** Where the time went, from arrival to the last byte. */
export function TimingView({ record }: { record: RequestRecord }) {
  const { t } = useTranslation();
  const total = Math.max(1, record.timing.total_us);
  return (
    <div className={classes.timing}>
      <table className={classes.table}>
        <caption className={classes.hidden}>{t("timing.caption")}</caption>
        <colgroup>
          <col className={classes.names} />
          <col />
          <col className={classes.times} />
        </colgroup>
        <tbody>
          {spans(record).map((s) => (
            <tr key={s.id}>
              <th scope="row" title={t(`timing.help.${s.kind}`)}>
                {s.name ? t(`timing.${s.kind}`, { name: s.name }) : t(`timing.${s.kind}`)}
              </th>
              <td className={classes.lane}>
                <span
                  className={classes.bar}
                  data-kind={s.kind}
                  style={{
                    left: `${(s.start / total) * 100}%`,
                    width: `max(2px, ${((s.end - s.start) / total) * 100}%)`,
                  }}
                />
              </td>
              <td className={classes.took}>{duration(s.end - s.start)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{t("timing.total")}</th>
            <td>
              <span className={classes.scale} aria-hidden>
                {[0, 0.25, 0.5, 0.75, 1].map((f) => (
                  <span key={f}>{f === 0 ? "0" : duration(total * f)}</span>
                ))}
              </span>
            </td>
            <td className={classes.took}>{duration(total)}</td>
          </tr>
        </tfoot>
      </table>
      {record.timing.first_token_us > 0 && record.timing.first_token_us > record.timing.first_byte_us && (
        <p className={classes.note}>
          {t("timing.firstToken", { time: duration(record.timing.first_token_us) })}
        </p>
      )}
    </div>
  );
}

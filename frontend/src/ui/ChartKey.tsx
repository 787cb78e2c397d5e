import { useTranslation } from "react-i18next";
import classes from "./Chart.module.css";
import type { ChartLine } from "./chartOptions";

/** Which colour is whose, in one line below the chart. */
export function ChartKey({ lines }: { lines: ChartLine[] }) {
  const { t } = useTranslation();
  return (
    <div className={classes.key} role="note" aria-label={t("chart.key")}>
      {lines.map((l) => (
        <span key={l.key} className={classes.keyItem}>
          <span className={classes.dot} style={{ background: l.colour }} />
          {l.label}
        </span>
      ))}
    </div>
  );
}

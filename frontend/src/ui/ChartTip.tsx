import { useTranslation } from "react-i18next";
import { clockTime, stamp } from "@/format/time";
import classes from "./Chart.module.css";
import type { ChartLine } from "./chartOptions";

interface Props {
  time: Date;
  stepS: number;
  left: number;
  width: number;
  rows: (ChartLine & { value: number })[];
  format: (value: number) => string;
}

export function ChartTip({ time, stepS, left, width, rows, format }: Props) {
  const { t } = useTranslation();
  const until = new Date(time.getTime() + stepS * 1000);
  const shown = rows.filter((r) => r.value > 0).sort((a, b) => b.value - a.value);
  return (
    <div
      className={classes.tip}
      style={left > width / 2 ? { right: width - left + 12 } : { left: left + 12 }}
    >
      <div className={classes.tipTime}>
        {stamp(time, new Date())}
        {stepS < 86_400 && ` – ${clockTime(until).slice(0, 5)}`}
      </div>
      {shown.length === 0 && <div className={classes.tipTime}>{t("chart.nothing")}</div>}
      {shown.map((r) => (
        <div key={r.key} className={classes.tipRow}>
          <span className={classes.dot} style={{ background: r.colour }} />
          <span className={classes.tipName}>{r.label}</span>
          <span>{format(r.value)}</span>
        </div>
      ))}
    </div>
  );
}

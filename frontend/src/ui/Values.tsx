/** Single values as they look everywhere: short to read, exact on hover. */
import { useTranslation } from "react-i18next";
import { absolute, ago } from "@/format/time";
import { bytes, compact, duration, exact } from "@/format/units";
import { useNow } from "./useNow";

export const Num = ({ value }: { value: number }) => <span title={exact(value)}>{compact(value)}</span>;

export const Bytes = ({ value }: { value: number }) => (
  <span title={`${exact(value)} B`}>{bytes(value)}</span>
);

/** Microseconds; a dash when it did not come to that. */
export const Duration = ({ us }: { us: number }) =>
  us > 0 ? <span title={`${exact(us / 1000)} ms`}>{duration(us)}</span> : <span aria-hidden>–</span>;

export function Ago({ time }: { time: string }) {
  const { t } = useTranslation();
  const now = useNow(10_000);
  const date = new Date(time);
  const { unit, count } = ago(date, now);
  return (
    <time dateTime={time} title={absolute(date)}>
      {t(`time.${unit}`, { count })}
    </time>
  );
}

import type { ReactNode } from "react";
import type { RequestRecord } from "@/api/types";
import { stamp } from "@/format/time";
import { compact, duration, exact } from "@/format/units";
import { spoken } from "@/ui/dialects";
import { errorKind } from "@/ui/errorKind";
import { Outcome } from "@/ui/Outcome";
import { Swatch } from "@/ui/Swatch";
import classes from "./RequestTable.module.css";
import { WayMark } from "./WayMark";

export interface Column {
  id: "status" | "time" | "client" | "model" | "dialect" | "input" | "output" | "first" | "total" | "stop";
  /** CSS grid track. */
  track: string;
  right?: boolean;
  /** Shown from this width of the table on. */
  from: number;
  cell: (r: RequestRecord, context: { now: Date; slowest: number }) => ReactNode;
}

const prompt = (r: RequestRecord) => r.usage.input + r.usage.cache_read + r.usage.cache_write;
const known = (r: RequestRecord) => prompt(r) + r.usage.output > 0;

export const columns: Column[] = [
  {
    id: "status",
    track: "54px",
    from: 0,
    cell: (r) => <Outcome outcome={r.outcome} text={r.status || ""} />,
  },
  {
    id: "time",
    track: "104px",
    from: 0,
    cell: (r, { now }) => {
      const t = new Date(r.time);
      return <span title={t.toLocaleString()}>{stamp(t, now)}</span>;
    },
  },
  {
    id: "client",
    track: "minmax(80px, 1fr)",
    from: 640,
    cell: (r) => <span title={r.client}>{r.client}</span>,
  },
  {
    id: "model",
    track: "minmax(84px, 2fr)",
    from: 0,
    cell: (r) => {
      const target = r.target_model && r.target_model !== r.model ? r.target_model : "";
      return (
        <span className={classes.model} title={target ? `${r.model} → ${target}` : r.model}>
          {r.model && <Swatch name={r.model} />}
          <span className={classes.clip}>
            {r.model || <span className={classes.dim}>–</span>}
            {target && <span className={classes.dim}> → {target}</span>}
          </span>
          <WayMark record={r} />
        </span>
      );
    },
  },
  {
    id: "dialect",
    track: "minmax(74px, 0.7fr)",
    from: 1040,
    cell: (r) => {
      const text = spoken(r, r.target_dialect);
      return (
        <span className={classes.dim} title={text}>
          {text}
        </span>
      );
    },
  },
  {
    id: "input",
    track: "104px",
    right: true,
    from: 760,
    cell: (r) =>
      known(r) ? (
        <span title={exact(prompt(r))}>
          {r.usage.cache_read > 0 && <span className={classes.dim}>{compact(r.usage.cache_read)} + </span>}
          {compact(prompt(r) - r.usage.cache_read)}
        </span>
      ) : null,
  },
  {
    id: "output",
    track: "62px",
    right: true,
    from: 520,
    cell: (r) => (known(r) ? <span title={exact(r.usage.output)}>{compact(r.usage.output)}</span> : null),
  },
  {
    id: "first",
    track: "74px",
    right: true,
    from: 880,
    cell: (r) => (r.timing.first_token_us > 0 ? duration(r.timing.first_token_us) : null),
  },
  {
    id: "total",
    track: "minmax(62px, 112px)",
    right: true,
    from: 0,
    cell: (r, { slowest }) => (
      <span className={classes.total}>
        <span className={classes.track} aria-hidden>
          <span
            className={classes.bar}
            style={{ width: `${Math.max(2, Math.min(100, (r.timing.total_us / slowest) * 100))}%` }}
          />
        </span>
        <span className={classes.totalText}>{duration(r.timing.total_us)}</span>
      </span>
    ),
  },
  {
    id: "stop",
    track: "minmax(94px, 0.7fr)",
    from: 940,
    cell: (r) =>
      r.error_kind ? (
        <span className={classes.fail} title={`${errorKind(r.error_kind)}: ${r.error_message}`}>
          {errorKind(r.error_kind)}
        </span>
      ) : (
        <span className={classes.dim}>{r.stop_reason}</span>
      ),
  },
];

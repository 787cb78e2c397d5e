import { useComputedColorScheme } from "@mantine/core";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import classes from "./Chart.module.css";
import { ChartTip } from "./ChartTip";
import { type ChartLine, options, stack } from "./chartOptions";

export interface ChartProps {
  /** What the chart shows, for people who do not see it. */
  label: string;
  start: Date;
  stepS: number;
  lines: ChartLine[];
  kind: "bars" | "lines";
  height: number;
  format: (value: number) => string;
  /** A stretch of time was brushed. */
  onBrush?: (since: Date, until: Date) => void;
  /** A step was clicked. */
  onPick?: (since: Date, until: Date) => void;
}

interface Cursor {
  index: number;
  left: number;
}

/** A time series with one crosshair and one tooltip for all of its lines. Arrow keys move, Enter picks. */
export default function Chart({
  label,
  start,
  stepS,
  lines,
  kind,
  height,
  format,
  onBrush,
  onPick,
}: ChartProps) {
  const scheme = useComputedColorScheme("light");
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const [cursor, setCursor] = useState<Cursor | null>(null);
  const handlers = useRef({ onBrush, onPick, format });
  handlers.current = { onBrush, onPick, format };

  const data = useMemo(() => {
    const first = start.getTime() / 1000;
    const length = lines[0]?.values.length ?? 0;
    const times = Array.from({ length }, (_, i) => first + i * stepS);
    return stack(times, lines, kind);
  }, [start, stepS, lines, kind]);

  // What cannot be changed in a living plot; it is drawn anew when one of these changes.
  const shape = JSON.stringify([kind, scheme, height, stepS, lines.map((l) => [l.key, l.colour])]);
  const latest = useRef({ data, lines });
  latest.current = { data, lines };

  // biome-ignore lint/correctness/useExhaustiveDependencies: shape stands for everything the options are made of
  useEffect(() => {
    const box = host.current;
    if (!box) return;
    const u = new uPlot(
      options({
        width: box.clientWidth,
        height,
        stepS,
        kind,
        lines: latest.current.lines,
        style: getComputedStyle(box),
        format: (v) => handlers.current.format(v),
        onCursor: setCursor,
        onBrush: (since, until) => handlers.current.onBrush?.(since, until),
        onPick: (time) => handlers.current.onPick?.(new Date(time * 1000), new Date((time + stepS) * 1000)),
      }),
      latest.current.data,
      box,
    );
    plot.current = u;
    const observer = new ResizeObserver(() => u.setSize({ width: box.clientWidth, height }));
    observer.observe(box);
    return () => {
      observer.disconnect();
      u.destroy();
      plot.current = undefined;
    };
  }, [shape]);

  useEffect(() => plot.current?.setData(data), [data]);

  const onKeyDown = (e: KeyboardEvent) => {
    const u = plot.current;
    const length = data[0].length;
    if (!u || !length) return;
    const at = u.cursor.idx ?? length - 1;
    if (e.key === "ArrowLeft" || e.key === "ArrowRight") {
      const next = Math.min(length - 1, Math.max(0, at + (e.key === "ArrowLeft" ? -1 : 1)));
      u.setCursor({ left: u.valToPos(Number(data[0][next]) + stepS / 2, "x"), top: 10 });
      e.preventDefault();
    } else if (e.key === "Enter") {
      const time = Number(data[0][at]);
      onPick?.(new Date(time * 1000), new Date((time + stepS) * 1000));
    }
  };

  return (
    <div className={classes.chart} style={{ height }}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the crosshair is moved with the arrow keys */}
      <div ref={host} role="img" aria-label={label} tabIndex={0} onKeyDown={onKeyDown} data-pick={!!onPick} />
      {cursor && data[0][cursor.index] !== undefined && (
        <ChartTip
          time={new Date(Number(data[0][cursor.index]) * 1000)}
          stepS={stepS}
          left={cursor.left}
          width={host.current?.clientWidth ?? 0}
          format={format}
          rows={lines.map((l) => ({ ...l, value: l.values[cursor.index] ?? 0 }))}
        />
      )}
    </div>
  );
}

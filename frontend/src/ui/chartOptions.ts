import uPlot from "uplot";

export interface ChartLine {
  key: string;
  label: string;
  colour: string;
  values: number[];
}

/**
 * Bars are stacked by drawing running sums, the highest first, each over the one behind it. Lines keep their values;
 * a zero in a line is a step in which nothing happened and is left out.
 */
export function stack(times: number[], lines: ChartLine[], kind: "bars" | "lines"): uPlot.AlignedData {
  if (kind === "lines") return [times, ...lines.map((l) => l.values.map((v) => (v === 0 ? null : v)))];
  const sum = new Array<number>(times.length).fill(0);
  const sums = lines.map((l) => {
    l.values.forEach((v, i) => {
      sum[i] = (sum[i] ?? 0) + v;
    });
    return [...sum];
  });
  return [times, ...sums.reverse()];
}

interface Input {
  width: number;
  height: number;
  stepS: number;
  kind: "bars" | "lines";
  lines: ChartLine[];
  style: CSSStyleDeclaration;
  format: (value: number) => string;
  onCursor: (cursor: { index: number; left: number } | null) => void;
  onBrush: (since: Date, until: Date) => void;
  onPick: (time: number) => void;
}

const two = (n: number) => String(n).padStart(2, "0");
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

function tick(seconds: number, increment: number): string {
  const d = new Date(seconds * 1000);
  if (increment >= 86_400 || (increment >= 60 && d.getHours() === 0 && d.getMinutes() === 0))
    return day.format(d);
  const minute = `${two(d.getHours())}:${two(d.getMinutes())}`;
  return increment < 60 ? `${minute}:${two(d.getSeconds())}` : minute;
}

/** Steps of an axis that counts: there is no half request. */
const WHOLE = Array.from({ length: 16 }, (_, e) => [1, 2, 5].map((n) => n * 10 ** e)).flat();

export function options(o: Input): uPlot.Options {
  const line = o.style.getPropertyValue("--line");
  const dim = o.style.getPropertyValue("--dim");
  const font = `11px ${o.style.fontFamily}`;
  const drawn = o.kind === "bars" ? [...o.lines].reverse() : o.lines;
  const bars = uPlot.paths.bars?.({ size: [0.82, 28], align: 1, radius: 0 });
  let downAt = -1;
  return {
    width: o.width,
    height: o.height,
    padding: [8, 14, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: true, range: (_, min, max) => [min, max + o.stepS] },
      y: { range: (_, __, max) => [0, max > 0 ? max * 1.08 : 1] },
    },
    cursor: {
      y: false,
      points: { show: o.kind === "lines" },
      drag: { x: true, y: false, setScale: false, dist: 6 },
      // The step under the pointer, not the nearest start of one.
      dataIdx: (u, _, closest, x) => {
        const first = Number(u.data[0][0]);
        const at = Math.floor((x - first) / o.stepS);
        return Number.isFinite(at) ? Math.min(u.data[0].length - 1, Math.max(0, at)) : closest;
      },
    },
    axes: [
      {
        stroke: dim,
        font,
        size: 24,
        gap: 4,
        space: 64,
        grid: { show: false },
        ticks: { show: false },
        values: (_, splits, __, ___, increment) => splits.map((s) => tick(s, increment)),
      },
      {
        stroke: dim,
        font,
        size: 50,
        gap: 6,
        space: 36,
        ...(o.kind === "bars" ? { incrs: WHOLE } : {}),
        grid: { stroke: line, width: 1 },
        ticks: { show: false },
        values: (_, splits) => splits.map((v) => o.format(v)),
      },
    ],
    series: [
      {},
      ...drawn.map(
        (l): uPlot.Series =>
          o.kind === "bars"
            ? {
                label: l.label,
                fill: l.colour,
                stroke: l.colour,
                width: 0,
                paths: bars,
                points: { show: false },
              }
            : { label: l.label, stroke: l.colour, width: 1.75, spanGaps: true, points: { show: false } },
      ),
    ],
    hooks: {
      setCursor: [
        (u) => {
          const { idx, left } = u.cursor;
          const away = idx === null || idx === undefined || left === undefined || left < 0;
          o.onCursor(away ? null : { index: idx, left: left + u.bbox.left / devicePixelRatio });
        },
      ],
      setSelect: [
        (u) => {
          if (u.select.width < 6) return;
          const since = u.posToVal(u.select.left, "x");
          const until = u.posToVal(u.select.left + u.select.width, "x");
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          o.onBrush(new Date(Math.round(since) * 1000), new Date(Math.round(until) * 1000));
        },
      ],
      ready: [
        (u) => {
          u.over.addEventListener("mousedown", (e) => {
            downAt = e.clientX;
          });
          u.over.addEventListener("click", (e) => {
            const index = u.cursor.idx;
            if (Math.abs(e.clientX - downAt) < 6 && index !== null && index !== undefined) {
              o.onPick(Number(u.data[0][index]));
            }
          });
        },
      ],
    },
  };
}

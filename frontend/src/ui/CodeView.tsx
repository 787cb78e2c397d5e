import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { exact } from "@/format/units";
import classes from "./CodeView.module.css";

/** A line longer than this is cut on screen; copying gives all of it. */
const LONGEST = 4000;

/** Text of any size, line by line; only the lines in sight are drawn. JSON is tinted. */
export function CodeView({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation();
  const box = useRef<HTMLElement>(null);
  const lines = useMemo(() => text.split(/\r\n|\n/), [text]);
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => 18,
    overscan: 30,
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
    <section ref={box} className={classes.code} aria-label={label} tabIndex={0}>
      <div style={{ height: rows.getTotalSize(), position: "relative" }}>
        {rows.getVirtualItems().map((item) => {
          const line = lines[item.index] ?? "";
          return (
            <div
              key={item.key}
              ref={rows.measureElement}
              data-index={item.index}
              className={classes.line}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <Tinted line={line.slice(0, LONGEST)} />
              {line.length > LONGEST && (
                <span className={classes.rest}>
                  {t("ui.cutLine", { count: exact(line.length - LONGEST) })}
                </span>
              )}
            </div>
          );
        })}
      </div>
    </section>
  );
}

// A string that is cut off ends where the line does.
const TOKEN =
  /("(?:[^"\\]|\\.)*(?:"|\\?$))(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|^(?:data|event|id|retry):/g;

export function Tinted({ line }: { line: string }) {
  const out = [];
  let at = 0;
  for (const m of line.matchAll(TOKEN)) {
    if (m.index > at) out.push(line.slice(at, m.index));
    const kind = m[1] ? (m[2] ? "name" : "text") : /^[a-z]+:$/.test(m[0]) ? "field" : "value";
    out.push(
      <span key={m.index} className={classes[kind]}>
        {m[0]}
      </span>,
    );
    at = m.index + m[0].length;
  }
  out.push(line.slice(at));
  return out;
}

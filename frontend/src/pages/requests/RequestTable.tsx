// biome-ignore-all lint/a11y/useSemanticElements: rows are placed by transform, which table elements do not allow
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid holds the focus and names its active row
import { Skeleton } from "@mantine/core";
import { useElementSize, useMergedRef } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type Ref, useEffect, useImperativeHandle, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { RequestRecord } from "@/api/types";
import { useNow } from "@/ui/useNow";
import { columns } from "./columns";
import classes from "./RequestTable.module.css";

const ROW = 28;

export interface TableHandle {
  toTop(): void;
  atTop(): boolean;
}

interface Props {
  records: RequestRecord[];
  loading: boolean;
  /** More can be read. */
  more: boolean;
  onMore: () => void;
  cursor: number | null;
  open: number | null;
  onOpen: (id: number) => void;
  handle: Ref<TableHandle>;
}

/** Rows of 28 px, only those in sight in the document. */
export function RequestTable({ records, loading, more, onMore, cursor, open, onOpen, handle }: Props) {
  const { t } = useTranslation();
  const now = useNow(60_000);
  const { ref: sizeRef, width } = useElementSize();
  const scroller = useRef<HTMLDivElement>(null);
  const ref = useMergedRef(sizeRef, scroller);
  const shown = columns.filter((c) => width === 0 || c.from <= width);
  const grid = { gridTemplateColumns: shown.map((c) => c.track).join(" ") };

  // The length of the bars: against the 95th percentile of what is there, so that one outlier does not flatten all.
  const slowest = useMemo(() => {
    const sorted = records
      .slice(0, 500)
      .map((r) => r.timing.total_us)
      .sort((a, b) => a - b);
    return Math.max(1, sorted[Math.floor(sorted.length * 0.95)] ?? 1);
  }, [records]);

  const rows = useVirtualizer({
    count: records.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    getItemKey: (i) => records[i]?.id ?? i,
    overscan: 12,
  });

  useImperativeHandle(handle, () => ({
    toTop: () => scroller.current?.scrollTo({ top: 0 }),
    atTop: () => (scroller.current?.scrollTop ?? 0) < ROW / 2,
  }));

  const items = rows.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= records.length - 40) onMore();
  }, [more, last, records.length, onMore]);

  const at = records.findIndex((r) => r.id === (cursor ?? open));
  useEffect(() => {
    if (at >= 0) rows.scrollToIndex(at, { align: "auto" });
  }, [at, rows]);

  return (
    <div
      ref={ref}
      className={classes.scroller}
      role="grid"
      tabIndex={0}
      aria-label={t("requests.table")}
      aria-rowcount={records.length}
      aria-activedescendant={cursor ? `request-${cursor}` : undefined}
    >
      <div role="row" className={classes.head} style={grid}>
        {shown.map((c) => (
          <span key={c.id} role="columnheader" className={c.right ? classes.right : undefined}>
            {t(`requests.column.${c.id}`)}
          </span>
        ))}
      </div>
      {loading && <Skeletons />}
      <div style={{ height: rows.getTotalSize(), position: "relative" }} role="rowgroup">
        {items.map((item) => {
          const r = records[item.index];
          if (!r) return null;
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the page handles j, k, arrows and Enter for the grid
            <div
              key={item.key}
              id={`request-${r.id}`}
              role="row"
              tabIndex={-1}
              aria-rowindex={item.index + 1}
              aria-selected={r.id === open}
              className={classes.row}
              data-cursor={r.id === cursor || undefined}
              style={{ ...grid, transform: `translateY(${item.start}px)` }}
              onClick={() => onOpen(r.id)}
            >
              {shown.map((c) => (
                <span key={c.id} role="gridcell" className={c.right ? classes.right : undefined}>
                  {c.cell(r, { now, slowest })}
                </span>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Skeletons() {
  return Array.from({ length: 18 }, (_, i) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
    <div key={i} className={classes.skeleton}>
      <Skeleton height={10} width={`${55 + ((i * 37) % 40)}%`} />
    </div>
  ));
}

import { Button, Skeleton } from "@mantine/core";
import { IconChevronDown, IconChevronUp, IconDownload } from "@tabler/icons-react";
import {
  createColumnHelper,
  createSortedRowModel,
  rowSortingFeature,
  sortFns,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { GroupBy, Row, Totals } from "@/api/types";
import { type Range, rangeQuery } from "@/format/range";
import { Section } from "@/ui/Section";
import { Swatch } from "@/ui/Swatch";
import table from "@/ui/table.module.css";
import { COLUMNS, type ColumnId, csvOf, saveText } from "./columns";

const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns,
});
const helper = createColumnHelper<typeof features, Row>();
const columns = helper.columns([
  helper.accessor((r) => r.key, { id: "key", sortFn: "text" }),
  ...COLUMNS.map((c) =>
    helper.accessor((r) => c.value(r.totals), { id: c.id, sortFn: "basic", sortDescFirst: true }),
  ),
]);
const NONE: Row[] = [];

interface Props {
  by: GroupBy;
  rows?: Row[];
  totals?: Totals;
  range: Range;
}

/** One line for each value of the grouping, with the sum below; sorts by any column. */
export function BreakdownTable({ by, rows, totals, range }: Props) {
  const { t } = useTranslation();
  const sorted = useTable({
    features,
    columns,
    data: rows ?? NONE,
    initialState: { sorting: [{ id: "requests", desc: true }] },
    getRowId: (r) => r.key,
  });
  const names = useMemo(() => COLUMNS.map((c) => t(`usage.column.${c.id}`)), [t]);
  const period = rangeQuery(range);
  const since = range.preset ? "" : `&since=${period.since}&until=${period.until}`;

  return (
    <Section
      title={t("usage.breakdown", { by: t(`usage.per.${by}`) })}
      aside={
        <Button
          variant="default"
          size="compact-xs"
          leftSection={<IconDownload size={13} stroke={1.7} />}
          disabled={!rows?.length}
          onClick={() => saveText(`usage-by-${by}.csv`, csvOf([t(`usage.by.${by}`), ...names], rows ?? []))}
        >
          {t("usage.export")}
        </Button>
      }
    >
      <div className={table.scroll}>
        <table className={table.table} aria-busy={!rows}>
          <thead>
            {sorted.getHeaderGroups().map((group) => (
              <tr key={group.id}>
                {group.headers.map((h) => {
                  const order = h.column.getIsSorted();
                  return (
                    <th
                      key={h.id}
                      className={h.id === "key" ? undefined : table.num}
                      aria-sort={order === "asc" ? "ascending" : order === "desc" ? "descending" : "none"}
                    >
                      <button
                        type="button"
                        className={table.sort}
                        onClick={h.column.getToggleSortingHandler()}
                      >
                        {h.id === "key" ? t(`usage.by.${by}`) : t(`usage.column.${h.id as ColumnId}`)}
                        {order === "asc" && <IconChevronUp size={12} aria-hidden />}
                        {order === "desc" && <IconChevronDown size={12} aria-hidden />}
                      </button>
                    </th>
                  );
                })}
              </tr>
            ))}
          </thead>
          <tbody>
            {!rows &&
              Array.from({ length: 6 }, (_, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
                <tr key={i}>
                  <td colSpan={columns.length}>
                    <Skeleton height={10} width={`${40 + ((i * 29) % 50)}%`} />
                  </td>
                </tr>
              ))}
            {sorted.getRowModel().rows.map(({ original: row }) => (
              <tr key={row.key}>
                <td>
                  <Link href={`/requests?${by}=${encodeURIComponent(row.key)}${since}`}>
                    <span style={{ display: "inline-flex", alignItems: "center", gap: 7 }}>
                      {by === "model" && <Swatch name={row.key} />}
                      {row.key || t("chart.none")}
                    </span>
                  </Link>
                </td>
                {COLUMNS.map((c) => (
                  <td key={c.id} className={table.num} title={c.exact?.(row.totals)}>
                    {c.show(row.totals)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
          {totals && (
            <tfoot>
              <tr>
                <td>{t("usage.sum")}</td>
                {COLUMNS.map((c) => (
                  <td key={c.id} className={table.num} title={c.exact?.(totals)}>
                    {c.show(totals)}
                  </td>
                ))}
              </tr>
            </tfoot>
          )}
        </table>
      </div>
    </Section>
  );
}

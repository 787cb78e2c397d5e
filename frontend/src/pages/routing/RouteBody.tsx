import { Fragment, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { FallbackPair, RouteView } from "@/api/types";
import type { TargetIndex } from "@/ui/health";
import { AddRow } from "./AddRow";
import { RefusedRow } from "./RefusedRow";
import { RouteHead } from "./RouteHead";
import classes from "./Routing.module.css";
import { blocksOf, type List, namesIn, type Row, reordered, savedBy, withName, without } from "./rows";
import { TargetRow } from "./TargetRow";
import { useDrag } from "./useDrag";
import { useRouteEdit } from "./useRouteEdit";

interface Props {
  route: RouteView;
  routes: Map<string, RouteView>;
  targets: TargetIndex;
  pairs: FallbackPair[];
  etag: string;
  /** Begin with the choice of a fallback. */
  adding?: boolean;
  onClear: (backend: string) => void;
  /** It was only shown to give it a fallback. */
  onDone?: () => void;
}

/** One name and where it leads, in the order in which that is tried. */
export function RouteBody({ route, routes, targets, pairs, etag, adding, onClear, onDone }: Props) {
  const { t } = useTranslation();
  const edit = useRouteEdit(route, etag);
  const [add, setAdd] = useState<List | null>(adding ? "fallbacks" : null);
  const focus = useRef<string | null>(null);
  const body = useRef<HTMLTableSectionElement>(null);
  const { lists, change } = edit;
  const fixed = !route.editable;
  const blocks = blocksOf(route, lists, routes);

  const move = (list: List, from: number, to: number) => {
    const name = namesIn(lists, list)[from] ?? "";
    change(
      reordered(lists, list, from, to),
      t("routing.moved", { name, route: route.name }),
      `${list}:${name}`,
    );
  };
  const drag = useDrag((list, from, to) => move(list as List, from, to));

  // A row that was moved by keyboard keeps the focus.
  useEffect(() => {
    if (!focus.current) return;
    const row = body.current?.querySelector<HTMLElement>(
      `[data-row="${CSS.escape(focus.current)}"] [data-handle]`,
    );
    focus.current = null;
    row?.focus();
  });

  const step = (row: Row, by: -1 | 1) => {
    if (row.list === undefined || row.index === undefined) return;
    focus.current = row.id;
    move(row.list, row.index, row.index + by);
  };
  const remove = (row: Row) => {
    if (row.list === undefined || row.index === undefined) return;
    const said = t("routing.removed", { name: row.name, route: route.name });
    change(without(lists, row.list, row.index), said, row.id);
  };
  const weigh = (row: Row, field: "weight" | "priority", value: number) => {
    const members = lists.members.map((m, i) => (i === row.index ? { ...m, [field]: value } : m));
    change({ ...lists, members }, t("routing.weighed", { name: row.name, route: route.name }), row.id);
  };
  const pick = (list: List, name: string) =>
    change(withName(lists, list, name), t("routing.added", { name, route: route.name }), `${list}:${name}`);

  const picker = add && (
    <AddRow
      route={route}
      list={add}
      labelled={!blocks.some((b) => b.via === add)}
      taken={[route.name, ...namesIn(lists, add)]}
      routes={routes}
      onPick={(name) => {
        pick(add, name);
        setAdd(null);
      }}
      onClose={() => {
        setAdd(null);
        onDone?.();
      }}
    />
  );

  /** Whatever may come before a row: requests fall from the name of one stage to the next. */
  const before = new Set<string>([route.name]);
  return (
    <tbody ref={body} className={classes.route} aria-busy={edit.busy} aria-label={route.name}>
      <RouteHead route={route} edit={edit} onAdd={setAdd} />
      {edit.errorAt === "head" && <RefusedRow edit={edit} />}
      {edit.remove.error && <RefusedRow edit={edit} />}
      {blocks.map((block) => (
        <Fragment key={block.via}>
          {block.rows.map((row, i) => {
            const places = row.place ? [row.place.backend] : row.depth === 0 ? below(block.rows, i) : [];
            const fell =
              block.via === "own" || block.via === "members" ? null : savedBy(pairs, before, places);
            if (row.depth === 0 || row.of) before.add(row.name);
            return (
              <Fragment key={row.id}>
                <TargetRow
                  row={row}
                  label={i === 0 ? block.via : undefined}
                  last={row.list ? namesIn(lists, row.list).length - 1 : 0}
                  targets={targets}
                  fell={fell}
                  fixed={fixed || edit.busy}
                  lone={block.rows.length === 1}
                  handle={row.list && row.index !== undefined ? drag.handle(row.list, row.index) : undefined}
                  dragged={drag.dragging?.list === row.list && drag.dragging?.from === row.index}
                  drop={row.list && row.index !== undefined ? drag.drop(row.list, row.index) : undefined}
                  onStep={(by) => step(row, by)}
                  onRemove={() => remove(row)}
                  onWeigh={(field, value) => weigh(row, field, value)}
                  onClear={() => row.place && onClear(row.place.backend)}
                />
                {edit.errorAt && edit.errorAt === ownerAt(block.rows, i) && <RefusedRow edit={edit} />}
              </Fragment>
            );
          })}
          {add === block.via && picker}
        </Fragment>
      ))}
      {add && !blocks.some((b) => b.via === add) && picker}
    </tbody>
  );
}

/** The places that belong to the name in row i. */
function below(rows: Row[], i: number): string[] {
  const out: string[] = [];
  for (const row of rows.slice(i + 1)) {
    if (row.depth === 0 || row.of) break;
    if (row.place) out.push(row.place.backend);
  }
  return out;
}

/** The row of a list that ends with row i, for what has to be said below all of it. */
function ownerAt(rows: Row[], i: number): string | undefined {
  if (rows[i + 1] && rows[i + 1]?.list === undefined) return undefined;
  return rows.slice(0, i + 1).findLast((row) => row.list !== undefined)?.id;
}

import { Button, Select, Skeleton } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useContext, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { clearTargets } from "@/api/actions";
import * as q from "@/api/queries";
import type { RouteView, Routing } from "@/api/types";
import { Empty } from "@/ui/Empty";
import { healthOf, indexTargets, inTrouble, type TargetIndex } from "@/ui/health";
import { notifyDone, notifyError } from "@/ui/notify";
import table from "@/ui/table.module.css";
import { Columns, useColumns, useSpan } from "./columns";
import { RouteBody } from "./RouteBody";
import classes from "./Routing.module.css";
import { hasChoice } from "./rows";

interface Props {
  routing?: Routing & { etag: string };
  search: string;
  onNew: () => void;
}

/** Every name with something to choose, in one table; the many that lead to one place are only counted. */
export function RouteList({ routing, search, onNew }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const columns = useColumns();
  const [opened, setOpened] = useState<string[]>([]);
  const targets = useMemo(() => indexTargets(routing?.targets ?? []), [routing?.targets]);
  const routes = useMemo(() => new Map(routing?.routes.map((r) => [r.name, r])), [routing?.routes]);
  const clear = useMutation({
    mutationFn: clearTargets,
    onSuccess: ({ changed }) => {
      notifyDone(t("routing.cleared", { count: changed }));
      return client.invalidateQueries({ queryKey: q.keys.routing });
    },
    onError: notifyError,
  });

  if (!routing)
    return (
      <Columns value={columns}>
        <Waiting />
      </Columns>
    );
  const listed = (r: RouteView) => hasChoice(r) || opened.includes(r.name) || isIll(r, targets);
  const wanted = search.trim().toLowerCase();
  const shown = routing.routes.filter((r) => listed(r) && (wanted === "" || mentions(r, wanted)));
  const simple = routing.routes.filter((r) => !listed(r));
  const ill = routing.targets.filter((s) => inTrouble(s.status)).length;

  if (routing.routes.length === 0)
    return <Empty title={t("routing.empty.title")} text={t("routing.empty.text")} />;
  return (
    <Columns value={columns}>
      {ill > 0 && (
        <div className={classes.summary} role="status">
          <span>{t("routing.ill", { count: ill })}</span>
          <Button
            variant="default"
            size="compact-xs"
            loading={clear.isPending}
            onClick={() => clear.mutate(undefined)}
          >
            {t("routing.clearAll")}
          </Button>
        </div>
      )}
      {shown.length > 0 ? (
        <div className={table.scroll}>
          <table className={classes.table} aria-label={t("routing.tab.routes")}>
            <Head />
            {shown.map((r) => (
              <RouteBody
                key={r.name}
                route={r}
                routes={routes}
                targets={targets}
                pairs={routing.pairs}
                etag={routing.etag}
                adding={opened.includes(r.name) && !hasChoice(r)}
                onClear={(backend) => clear.mutate(backend)}
                onDone={() => setOpened(opened.filter((n) => n !== r.name))}
              />
            ))}
          </table>
        </div>
      ) : wanted ? (
        <Empty title={t("routing.nothing")} />
      ) : (
        <Empty title={t("routing.none.title")} text={t("routing.none.text")}>
          <Button onClick={onNew}>{t("routing.new.action")}</Button>
        </Empty>
      )}
      {simple.length > 0 && !wanted && (
        <div className={classes.simple}>
          <span>{t("routing.simple", { count: simple.length })}</span>
          <Select
            data={simple.filter((r) => r.editable).map((r) => r.name)}
            value={null}
            onChange={(name) => name && setOpened([...opened, name])}
            placeholder={t("routing.addFallbackTo")}
            aria-label={t("routing.addFallbackTo")}
            searchable
            limit={100}
            w={220}
          />
        </div>
      )}
    </Columns>
  );
}

const isIll = (r: RouteView, targets: TargetIndex) =>
  r.stages.some((s) => s.via === "" && s.members.some((m) => inTrouble(healthOf(m, targets).status)));

const mentions = (r: RouteView, wanted: string) =>
  [
    r.name,
    ...r.aliases,
    ...r.stages.flatMap((s) => [s.name, ...s.members.flatMap((m) => [m.backend, m.provider])]),
  ].some((text) => text.toLowerCase().includes(wanted));

function Head() {
  const { t } = useTranslation();
  const columns = useContext(Columns);
  return (
    <>
      <colgroup>
        {columns.map((c) => (
          <col key={c.id} style={{ width: c.width }} />
        ))}
        <col style={{ width: 34 }} />
      </colgroup>
      <thead>
        <tr>
          {columns.map((c) => (
            <th
              key={c.id}
              className={c.number ? classes.num : undefined}
              title={t(`routing.columnHelp.${c.id}`)}
            >
              {t(`routing.column.${c.id}`)}
            </th>
          ))}
          <th>
            <span className={classes.hidden}>{t("models.column.actions")}</span>
          </th>
        </tr>
      </thead>
    </>
  );
}

function Waiting() {
  const span = useSpan();
  return (
    <table className={classes.table} aria-busy>
      <Head />
      <tbody>
        {Array.from({ length: 8 }, (_, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
          <tr key={i} className={classes.row}>
            <td colSpan={span}>
              <Skeleton height={10} width={`${30 + ((i * 31) % 45)}%`} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

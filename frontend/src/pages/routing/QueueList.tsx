import { Button, Skeleton } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { removeWaiter } from "@/api/actions";
import { ApiError } from "@/api/client";
import * as q from "@/api/queries";
import type { SlotUse, Waiter } from "@/api/types";
import { absolute } from "@/format/time";
import { duration } from "@/format/units";
import { Empty } from "@/ui/Empty";
import { notifyError } from "@/ui/notify";
import { Problem } from "@/ui/Problem";
import { Section } from "@/ui/Section";
import { Swatch } from "@/ui/Swatch";
import table from "@/ui/table.module.css";
import { useNow } from "@/ui/useNow";
import classes from "./Lists.module.css";
import { scopeOf } from "./limits";
import { UseBar } from "./UseBar";

/** Requests that wait for their turn, and what they wait for. */
export function QueueList() {
  const { t } = useTranslation();
  const queue = useQuery(q.queue());
  if (queue.error && !queue.data) return <Problem error={queue.error} retry={() => queue.refetch()} />;
  if (!queue.data) return <Skeleton height={120} />;
  const { waiting, uses } = queue.data;
  return (
    <div className={classes.stack}>
      {(waiting.length > 0 || uses.length > 0) && (
        <Section title={t("queue.waiting")} aside={waiting.length > 0 ? waiting.length : undefined}>
          {waiting.length > 0 ? (
            <WaiterTable waiting={waiting} />
          ) : (
            <p className={classes.nothing}>{t("queue.none")}</p>
          )}
        </Section>
      )}
      {uses.length > 0 ? (
        <Section title={t("queue.slots")}>
          <Slots uses={uses} />
        </Section>
      ) : (
        waiting.length === 0 && (
          <Empty title={t("queue.empty.title")} text={t("queue.empty.text")}>
            <Button component={Link} href="/settings#queue" variant="default">
              {t("queue.empty.action")}
            </Button>
          </Empty>
        )
      )}
    </div>
  );
}

function WaiterTable({ waiting }: { waiting: Waiter[] }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const now = useNow(500).getTime();
  const ranked = waiting.some((w) => w.priority !== 0);
  const remove = useMutation({
    mutationFn: removeWaiter,
    // It may have got its turn meanwhile: then there is nothing to tell.
    onError: (e) => !(e instanceof ApiError && e.status === 404) && notifyError(e),
    onSettled: () => client.invalidateQueries({ queryKey: q.keys.queue }),
  });
  return (
    <div className={table.scroll}>
      <table className={table.table} aria-label={t("queue.waiting")}>
        <thead>
          <tr>
            <th className={table.num}>{t("queue.column.position")}</th>
            <th>{t("queue.column.model")}</th>
            <th>{t("queue.column.client")}</th>
            <th>{t("queue.column.caller")}</th>
            <th>{t("queue.column.for")}</th>
            {ranked && <th className={table.num}>{t("queue.column.priority")}</th>}
            <th className={table.num}>{t("queue.column.since")}</th>
            <th>
              <span className={classes.hidden}>{t("models.column.actions")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {waiting.map((w) => (
            <tr key={w.id}>
              <td className={table.num}>{w.position}</td>
              <td>
                <span className={classes.model}>
                  <Swatch name={w.model} />
                  {w.model}
                </span>
              </td>
              <td>{w.client}</td>
              <td className={table.dim}>{w.caller || t("queue.local")}</td>
              <td>
                {w.for.map((f) => (
                  <div key={f}>
                    <ScopeName text={f} />
                  </div>
                ))}
              </td>
              {ranked && <td className={table.num}>{w.priority}</td>}
              <td className={table.num} title={absolute(new Date(w.since))}>
                {duration(Math.max(0, now - Date.parse(w.since)) * 1000)}
              </td>
              <td className={classes.actions}>
                <Button
                  variant="default"
                  size="compact-xs"
                  loading={remove.isPending && remove.variables === w.id}
                  onClick={() => remove.mutate(w.id)}
                  aria-label={t("queue.removeOf", { model: w.model, client: w.client })}
                  title={t("queue.removeHelp")}
                >
                  {t("queue.remove")}
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Slots({ uses }: { uses: SlotUse[] }) {
  const { t } = useTranslation();
  return (
    <ul className={classes.slots}>
      {uses.map((u) => (
        <li key={u.name}>
          <span className={classes.slotName}>
            <ScopeName text={u.name} />
          </span>
          <UseBar
            used={u.in_use}
            bound={u.limit}
            text={
              u.limit > 0
                ? t("queue.use", { used: u.in_use, limit: u.limit })
                : t("queue.unlimited", { used: u.in_use })
            }
            label={t("queue.slots")}
            calm
          />
          <span className={classes.slotWait}>{u.waiting > 0 && t("queue.waits", { count: u.waiting })}</span>
        </li>
      ))}
    </ul>
  );
}

/** What is limited, in words. */
export function ScopeName({ text }: { text: string }) {
  const { t } = useTranslation();
  const { kind, name, on } = scopeOf(text);
  return <>{t(`limits.scope.${kind}`, { name, on })}</>;
}

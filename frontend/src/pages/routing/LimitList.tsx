import { Button, Skeleton } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { openPlace } from "@/api/actions";
import * as q from "@/api/queries";
import type { LimitLevel, LimitState } from "@/api/types";
import { absolute, clockTime } from "@/format/time";
import { compact } from "@/format/units";
import { Empty } from "@/ui/Empty";
import { notifyError } from "@/ui/notify";
import { Problem } from "@/ui/Problem";
import table from "@/ui/table.module.css";
import classes from "./Lists.module.css";
import { scopeOf } from "./limits";
import { ScopeName } from "./QueueList";
import { UseBar } from "./UseBar";

const LEVELS = ["requests_per_minute", "tokens_per_minute", "tokens_per_day"] as const;

/** How much of each limit is used, when a reached one opens, and where it is set. */
export function LimitList() {
  const { t } = useTranslation();
  const limits = useQuery(q.limits());
  const file = useMutation({ mutationFn: openPlace, onError: notifyError });
  if (limits.error && !limits.data) return <Problem error={limits.error} retry={() => limits.refetch()} />;
  if (!limits.data) return <Skeleton height={120} />;
  if (limits.data.length === 0) {
    return (
      <Empty title={t("limits.empty.title")} text={t("limits.empty.text")}>
        <Button component={Link} href="/settings#limits">
          {t("limits.empty.action")}
        </Button>
      </Empty>
    );
  }
  return (
    <>
      <div className={table.scroll}>
        <table className={table.table} aria-label={t("routing.tab.limits")}>
          <thead>
            <tr>
              <th>{t("limits.column.scope")}</th>
              {LEVELS.map((l) => (
                <th key={l}>{t(`limits.column.${l}`)}</th>
              ))}
              <th>{t("limits.column.opens")}</th>
              <th>
                <span className={classes.hidden}>{t("limits.column.change")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {limits.data.map((s) => (
              <tr key={s.scope}>
                <td className={classes.scope}>
                  <ScopeName text={s.scope} />
                </td>
                {LEVELS.map((l) => (
                  <td key={l}>
                    <Level level={s[l]} label={t(`limits.column.${l}`)} />
                  </td>
                ))}
                <td>
                  {s.opens ? (
                    <span className={classes.closed} title={absolute(new Date(s.opens))}>
                      {t("limits.opens", { time: clockTime(new Date(s.opens)) })}
                    </span>
                  ) : (
                    <span className={table.dim}>{t("limits.open")}</span>
                  )}
                </td>
                <td className={classes.actions}>
                  <Change state={s} onFile={() => file.mutate("config")} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className={classes.nothing}>{t("limits.where")}</p>
    </>
  );
}

function Level({ level, label }: { level: LimitLevel; label: string }) {
  const { t } = useTranslation();
  if (level.bound === 0) return <span className={table.faint}>{t("limits.unbounded")}</span>;
  const text = t("limits.use", { used: compact(level.used), bound: compact(level.bound) });
  return <UseBar used={level.used} bound={level.bound} text={text} label={label} />;
}

/** Where a limit is set: all callers' in the settings, a model's in its entry, the others in the file. */
function Change({ state, onFile }: { state: LimitState; onFile: () => void }) {
  const { t } = useTranslation();
  const { kind, name } = scopeOf(state.scope);
  const label = t("limits.change");
  if (kind === "total") return <Link href="/settings#limits">{label}</Link>;
  if (kind === "model") return <Link href={`/models/${encodeURIComponent(name)}`}>{label}</Link>;
  return (
    <button type="button" className={classes.link} onClick={onFile} title={t("limits.inFile")}>
      {label}
    </button>
  );
}

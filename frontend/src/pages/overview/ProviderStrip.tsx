import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { ProviderView, Routing, Row } from "@/api/types";
import { duration, percent } from "@/format/units";
import { Health } from "@/ui/Health";
import { KeyBadge } from "@/ui/KeyBadge";
import { Outcome } from "@/ui/Outcome";
import { standingByProvider } from "@/ui/providerHealth";
import classes from "./rows.module.css";

interface Props {
  providers?: ProviderView[];
  rows?: Row[];
  routing?: Routing;
}

/** Each provider's health in the range: how much failed and how fast it answers. */
export function ProviderStrip({ providers, rows, routing }: Props) {
  const { t } = useTranslation();
  if (!providers || !rows) return <div className={classes.wait} />;
  if (providers.length === 0) return <p className={classes.none}>{t("overview.none")}</p>;
  const standings = standingByProvider(routing);
  const totals = new Map(rows.map((r) => [r.key, r.totals]));
  return (
    <ul className={classes.rows}>
      {providers.map((p) => {
        const sum = totals.get(p.name);
        const standing = standings.get(p.name);
        const rest = standing && standing.lines.length > 0 ? standing : undefined;
        const ill = sum !== undefined && sum.errors > sum.requests * 0.1;
        return (
          <li key={p.name}>
            <Link
              href={rest ? "/routing" : `/providers/${encodeURIComponent(p.name)}`}
              className={classes.row}
            >
              <span className={classes.grow}>
                {rest ? (
                  <Health status={rest.status} bare />
                ) : sum ? (
                  <Outcome outcome={ill ? "error" : "success"} />
                ) : (
                  <Outcome outcome="cancelled" />
                )}
                <span className={classes.clip}>{p.label}</span>
              </span>
              {rest ? (
                <span className={classes.resting} data-status={rest.status} title={rest.lines.join("\n")}>
                  {t("overview.targets.resting", { count: rest.lines.length })}
                </span>
              ) : p.key === "missing" ? (
                <KeyBadge state={p.key} detail={p.key_problem} />
              ) : (
                <>
                  <span className={classes.dim} title={t("overview.errorRate")}>
                    {sum
                      ? t("overview.failed", { share: percent(sum.errors, sum.requests) })
                      : t("overview.idle")}
                  </span>
                  <span className={`${classes.num} ${classes.dim}`} title={t("kpi.first")}>
                    {sum?.p50_first_token_us ? duration(sum.p50_first_token_us) : ""}
                  </span>
                </>
              )}
            </Link>
          </li>
        );
      })}
    </ul>
  );
}

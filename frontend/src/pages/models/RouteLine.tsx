import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import * as q from "@/api/queries";
import type { MemberView, Stage } from "@/api/types";
import { Health } from "@/ui/Health";
import { healthOf, indexTargets, type TargetIndex } from "@/ui/health";
import classes from "./ModelEditor.module.css";

/** Where requests for a model go, as it is saved, and how the places there are doing; it is changed on the Routing page. */
export function RouteLine({ name }: { name: string }) {
  const { t } = useTranslation();
  const routing = useQuery(q.routing());
  const targets = useMemo(() => indexTargets(routing.data?.targets ?? []), [routing.data?.targets]);
  const route = routing.data?.routes.find((r) => r.name === name);
  if (!route) return null;
  const stages = route.stages.filter((s) => s.via === "" || s.via === "fallback");
  return (
    <div className={classes.route}>
      <div className={classes.routeHead}>
        <span>{t("models.route")}</span>
        <Link href={`/routing?find=${encodeURIComponent(name)}`}>{t("models.inRouting")}</Link>
      </div>
      <ol className={classes.stages}>
        {stages.map((s) => (
          <li key={`${s.via}:${s.name}`}>
            <Places stage={s} targets={targets} />
          </li>
        ))}
      </ol>
    </div>
  );
}

function Places({ stage, targets }: { stage: Stage; targets: TargetIndex }) {
  const { t } = useTranslation();
  const [only] = stage.members;
  if (stage.members.length === 1 && only)
    return <Place name={stage.name} note={only.provider} place={only} targets={targets} />;
  return (
    <>
      {stage.name} <span className={classes.dim}>{t("models.targets", { count: stage.members.length })}</span>
      <ul className={classes.places}>
        {stage.members.map((m) => (
          <li key={m.backend}>
            <Place name={m.target || m.backend} note={m.provider} place={m} targets={targets} />
          </li>
        ))}
      </ul>
    </>
  );
}

interface PlaceProps {
  name: string;
  note: string;
  place: MemberView;
  targets: TargetIndex;
}

function Place({ name, note, place, targets }: PlaceProps) {
  const h = healthOf(place, targets);
  return (
    <>
      <Health status={h.status} until={h.until} why={h.why} bare /> {name}{" "}
      <span className={classes.dim}>{note}</span>
    </>
  );
}

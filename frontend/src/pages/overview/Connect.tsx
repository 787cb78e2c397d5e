import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import * as q from "@/api/queries";
import type { State } from "@/api/types";
import { ClientHelp } from "./guide/ClientHelp";
import classes from "./guide/Guide.module.css";

/** Configured, but nothing has come through yet. */
export function Connect({ state }: { state: State }) {
  const { t } = useTranslation();
  const models = useQuery(q.models());
  return (
    <div className={classes.guide}>
      <h2 className={classes.title}>{t("guide.connect.title")}</h2>
      <p className={classes.lead}>{t("guide.connect.text")}</p>
      <ClientHelp baseUrl={state.base_url} models={models.data ?? []} />
    </div>
  );
}

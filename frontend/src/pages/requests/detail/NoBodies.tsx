import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { RequestDetail } from "@/api/types";
import classes from "./RequestDetail.module.css";

/** Why there is nothing to show of what went over the wire. */
export function NoBodies({ state }: { state: RequestDetail["bodies_state"] }) {
  const { t } = useTranslation();
  return (
    <p className={classes.note}>
      {t(state === "off" ? "requests.bodies.off" : "requests.bodies.expired")}{" "}
      <Link href="/settings#recording">{t("requests.bodies.settings")}</Link>
    </p>
  );
}

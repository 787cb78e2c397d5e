import { IconArrowDownRight, IconRotateClockwise } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { RequestRecord } from "@/api/types";
import classes from "./RequestTable.module.css";
import { wayOf } from "./saved";

/** A small mark on requests that did not go the straight way. */
export function WayMark({ record }: { record: RequestRecord }) {
  const { t } = useTranslation();
  const { attempts, saved, degraded } = wayOf(record);
  if (attempts < 2 && !degraded) return null;
  const words = [
    degraded && t("requests.way.degraded", { backend: record.backend }),
    attempts > 1 &&
      t(saved ? "requests.way.saved" : "requests.way.tried", { count: attempts, backend: record.backend }),
  ].filter(Boolean);
  const text = words.join(", ");
  return (
    <span className={classes.way} data-saved={saved || undefined} title={text}>
      {degraded && <IconArrowDownRight size={12} stroke={2} aria-hidden />}
      {attempts > 1 && (
        <>
          <IconRotateClockwise size={12} stroke={2} aria-hidden />
          <span aria-hidden>{attempts}</span>
        </>
      )}
      <span className={classes.hidden}>{text}</span>
    </span>
  );
}

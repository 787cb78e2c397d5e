import { UnstyledButton } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Stage } from "./Guide";
import classes from "./Guide.module.css";

const STAGES: Stage[] = ["provider", "key", "models", "done"];

/** Where one is in the guide; what is behind can be gone back to until models are added. */
export function Progress({ stage, onBack }: { stage: Stage; onBack: (to: Stage) => void }) {
  const { t } = useTranslation();
  const at = STAGES.indexOf(stage);
  return (
    <ol className={classes.progress} aria-label={t("guide.progress")}>
      {STAGES.map((s, i) => (
        <li key={s} aria-current={i === at ? "step" : undefined} data-done={i < at || undefined}>
          <UnstyledButton disabled={i >= at || stage === "done"} onClick={() => onBack(s)}>
            <span className={classes.mark}>{i < at ? <IconCheck size={12} stroke={3} /> : i + 1}</span>
            {t(`guide.stage.${s}`)}
          </UnstyledButton>
        </li>
      ))}
    </ol>
  );
}

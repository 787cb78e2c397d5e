import { Loader } from "@mantine/core";
import { IconCheck, IconMinus, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Step, TestResult } from "@/api/types";
import { duration } from "@/format/units";
import classes from "./Steps.module.css";

const EXPECTED: Step["name"][] = ["dns", "tcp", "tls", "key", "models"];

/** The stages of a connection test. While it runs they stand there waiting, so that nothing jumps. */
export function Steps({ result, running }: { result?: TestResult; running?: boolean }) {
  const { t } = useTranslation();
  const steps: (Partial<Step> & { name: Step["name"] })[] =
    running || !result ? EXPECTED.map((name) => ({ name })) : result.steps;
  return (
    <ol className={classes.steps} aria-busy={running} aria-label={t("test.steps")}>
      {steps.map((step) => {
        const state = running || !result ? "waiting" : step.skipped ? "skipped" : step.ok ? "ok" : "failed";
        return (
          <li key={step.name} className={classes.step} data-state={state}>
            <Mark state={state} />
            <span className={classes.name}>{t(`test.step.${step.name}`)}</span>
            <span className={classes.detail}>
              {state === "skipped" && !step.detail ? t("test.skipped") : step.detail}
            </span>
            <span className={classes.time}>
              {state === "ok" || state === "failed" ? duration(step.duration_us ?? 0) : ""}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

function Mark({ state }: { state: "waiting" | "ok" | "failed" | "skipped" }) {
  const { t } = useTranslation();
  const icon = { size: 14, stroke: 2.2, "aria-label": t(`test.state.${state}`), role: "img" } as const;
  if (state === "ok") return <IconCheck {...icon} />;
  if (state === "failed") return <IconX {...icon} />;
  if (state === "skipped") return <IconMinus {...icon} />;
  return <Loader size={12} color="gray" aria-label={t("test.state.waiting")} />;
}

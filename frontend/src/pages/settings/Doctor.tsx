import { Button } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconRefresh } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Check } from "@/api/types";
import { Problem } from "@/ui/Problem";
import classes from "./SettingsPage.module.css";

interface Props {
  checks?: Check[];
  error: unknown;
  busy: boolean;
  onAgain: () => void;
}

const ICONS = { ok: IconCircleCheck, warning: IconAlertTriangle, failed: IconCircleX };

/** What works, what is missing and how to get it. */
export function Doctor({ checks, error, busy, onAgain }: Props) {
  const { t } = useTranslation();
  return (
    <section id="health" aria-label={t("settings.health.title")}>
      <h2 className={classes.title}>
        {t("settings.health.title")}
        <Button
          variant="default"
          size="compact-xs"
          leftSection={<IconRefresh size={13} />}
          loading={busy}
          onClick={onAgain}
        >
          {t("settings.health.again")}
        </Button>
      </h2>
      {error ? <Problem error={error} retry={onAgain} /> : null}
      <ul className={classes.checks}>
        {checks?.map((c) => {
          const Icon = ICONS[c.status];
          return (
            <li key={c.name} data-status={c.status}>
              <Icon size={16} stroke={1.8} role="img" aria-label={t(`settings.health.${c.status}`)} />
              <span className={classes.checkName}>{t(`settings.check.${c.name}`)}</span>
              <div className={classes.checkText}>
                {c.detail}
                {c.fix && <p className={classes.fix}>{c.fix}</p>}
              </div>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

import { useTranslation } from "react-i18next";
import type { Totals } from "@/api/types";
import { compact, exact, percent } from "@/format/units";
import { Section } from "@/ui/Section";
import classes from "./TokenClasses.module.css";

const CLASSES = ["input", "cache_read", "cache_write", "output", "reasoning"] as const;

/** Tokens by the classes that are billed differently, drawn as one bar to scale. */
export function TokenClasses({ totals }: { totals: Totals }) {
  const { t } = useTranslation();
  const u = totals.usage;
  // Reasoning is a part of output; the bar shows each token once.
  const parts = CLASSES.map((c) => ({ id: c, value: c === "output" ? u.output - u.reasoning : u[c] }));
  const sum = parts.reduce((s, p) => s + p.value, 0);
  if (sum === 0) return null;
  return (
    <Section
      title={t("usage.tokens.title")}
      aside={
        <span title={t("usage.tokens.knownHelp")}>
          {t("usage.tokens.known", { share: percent(totals.usage_known, totals.requests) })}
        </span>
      }
    >
      <div className={classes.bar} aria-hidden>
        {parts.map((p) => (
          <span key={p.id} data-class={p.id} style={{ flexGrow: p.value }} />
        ))}
      </div>
      <dl className={classes.list}>
        {parts.map((p) => (
          <div key={p.id}>
            <dt>
              <span className={classes.dot} data-class={p.id} aria-hidden />
              {t(`usage.tokens.${p.id}`)}
            </dt>
            <dd title={exact(p.value)}>
              {compact(p.value)} <span className={classes.share}>{percent(p.value, sum)}</span>
            </dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

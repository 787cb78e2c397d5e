import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { RequestRecord } from "@/api/types";
import { absolute } from "@/format/time";
import { exact, speed } from "@/format/units";
import { CopyButton } from "@/ui/Copy";
import { spoken } from "@/ui/dialects";
import { Outcome } from "@/ui/Outcome";
import { Swatch } from "@/ui/Swatch";
import { Duration, Num } from "@/ui/Values";
import { ErrorText } from "./ErrorText";
import classes from "./Summary.module.css";

/** An answer that comes in one piece (s) says nothing about the speed it was made at. */
const SHORTEST = 0.05;

/** The head of a request: what was asked of whom and how it ended. */
export function Summary({ record: r }: { record: RequestRecord }) {
  const { t } = useTranslation();
  const target = r.target_model && r.target_model !== r.model ? r.target_model : "";
  const dialects = spoken(r, r.target_dialect);
  const generating = (r.timing.total_us - (r.stream ? r.timing.first_token_us : 0)) / 1e6;
  const prompt = r.usage.input + r.usage.cache_read + r.usage.cache_write;
  const known = prompt + r.usage.output > 0;
  return (
    <header className={classes.summary}>
      <div className={classes.head}>
        <Swatch name={r.model} />
        <h2 className={classes.model} title={target ? `${r.model} → ${target}` : r.model}>
          {r.model}
          {target && <span className={classes.dim}> → {target}</span>}
        </h2>
        <Outcome outcome={r.outcome} text={r.status || ""} />
      </div>
      <div className={classes.line}>
        <span title={absolute(new Date(r.time))}>{absolute(new Date(r.time)).slice(0, -4)}</span>
        <span>{r.client}</span>
        {r.provider && <span>{r.provider}</span>}
        {r.target_dialect && dialects !== r.target_dialect && (
          <span title={t("requests.translated")}>{dialects}</span>
        )}
        <code>{r.path}</code>
        <span className={classes.id}>
          <code>{r.request_id}</code>
          <CopyButton text={r.request_id} label={t("requests.detail.copyId")} className={classes.copy} />
        </span>
      </div>
      <dl className={classes.facts}>
        {known && (
          <>
            <Fact name={t("requests.fact.input")}>
              <Num value={prompt - r.usage.cache_read} />
            </Fact>
            {r.usage.cache_read > 0 && (
              <Fact name={t("requests.fact.cached")}>
                <Num value={r.usage.cache_read} />
              </Fact>
            )}
            <Fact name={t("requests.fact.output")}>
              <Num value={r.usage.output} />
            </Fact>
            {r.usage.reasoning > 0 && (
              <Fact name={t("requests.fact.reasoning")}>
                <Num value={r.usage.reasoning} />
              </Fact>
            )}
          </>
        )}
        {r.timing.first_token_us > 0 && (
          <Fact name={t("requests.fact.first")}>
            <Duration us={r.timing.first_token_us} />
          </Fact>
        )}
        <Fact name={t("requests.fact.total")}>
          <Duration us={r.timing.total_us} />
        </Fact>
        {r.usage.output > 1 && generating > SHORTEST && (
          <Fact name={t("requests.fact.speed")}>{speed(r.usage.output / generating)}</Fact>
        )}
        {r.tool_calls > 0 && <Fact name={t("requests.fact.tools")}>{exact(r.tool_calls)}</Fact>}
        {r.stop_reason && <Fact name={t("requests.fact.stop")}>{r.stop_reason}</Fact>}
      </dl>
      {r.error_message && (
        <div className={classes.error} role="alert">
          <ErrorText key={r.id} kind={r.error_kind} message={r.error_message} />
        </div>
      )}
    </header>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

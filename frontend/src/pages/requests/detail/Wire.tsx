import { Switch } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { RequestDetail } from "@/api/types";
import { CodeView } from "@/ui/CodeView";
import { CopyButton } from "@/ui/Copy";
import { Bytes } from "@/ui/Values";
import { bodyText } from "../conversation/parse";
import { NoBodies } from "./NoBodies";
import classes from "./Wire.module.css";

/** One direction as it went over the wire: headers, then the body, set out or as it came. */
export function Wire({ detail, side }: { detail: RequestDetail; side: "request" | "response" }) {
  const { t } = useTranslation();
  const [pretty, setPretty] = useState(true);
  const { record, bodies } = detail;
  const raw = bodies ? bodyText(bodies[`${side}_body`], bodies[`${side}_encoding`]) : "";
  const text = useMemo(() => (pretty ? setOut(raw) : raw), [raw, pretty]);
  if (!bodies) return <NoBodies state={detail.bodies_state} />;

  const headers = Object.entries(bodies[`${side}_headers`]).sort(([a], [b]) => a.localeCompare(b));
  return (
    <div className={classes.wire}>
      <div className={classes.start}>
        <code>
          {side === "request" ? `POST ${record.path}` : t("wire.status", { status: record.status })}
        </code>
        <span className={classes.size}>
          <Bytes value={side === "request" ? record.request_bytes : record.response_bytes} />
        </span>
      </div>
      <dl className={classes.headers} aria-label={t("wire.headers")}>
        {headers.map(([name, values]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{values.join(", ")}</dd>
          </div>
        ))}
      </dl>
      <div className={classes.bar}>
        <h3>{t("wire.body")}</h3>
        {bodies[`${side}_cut`] && <span className={classes.cut}>{t("wire.cut")}</span>}
        <Switch
          size="xs"
          checked={pretty}
          onChange={(e) => setPretty(e.currentTarget.checked)}
          label={t("wire.pretty")}
          className={classes.pretty}
        />
        <CopyButton text={raw} label={t("wire.copy")} />
      </div>
      {text === "" ? (
        <p className={classes.none}>{t("wire.empty")}</p>
      ) : (
        <CodeView text={text} label={t("wire.body")} />
      )}
    </div>
  );
}

/** JSON and the JSON in event streams, indented; anything else as it is. */
function setOut(text: string): string {
  const indent = (json: string) => {
    try {
      return JSON.stringify(JSON.parse(json), null, 2);
    } catch {
      return null;
    }
  };
  return indent(text) ?? text;
}

import { Tabs } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { ModelView } from "@/api/types";
import { CopyLine } from "@/ui/Copy";
import { curlFor, exampleModel } from "./examples";
import classes from "./Guide.module.css";

const CLIENTS = ["claude", "sdk", "editor"] as const;

/** How to point the likeliest clients here; every line can be copied. */
export function ClientHelp({ baseUrl, models }: { baseUrl: string; models: ModelView[] }) {
  const { t } = useTranslation();
  const model = exampleModel(models);
  const speaksAnthropic = models.some((m) => m.endpoints.some((e) => e.dialect === "anthropic"));
  return (
    <div>
      <h3 className={classes.step}>{t("guide.try")}</h3>
      <CopyLine text={curlFor(baseUrl, model)} label={t("guide.copyCurl")} />
      <h3 className={classes.step}>{t("guide.clients")}</h3>
      <Tabs defaultValue={speaksAnthropic ? "claude" : "sdk"} className={classes.clients}>
        <Tabs.List>
          {CLIENTS.map((c) => (
            <Tabs.Tab key={c} value={c}>
              {t(`guide.client.${c}.name`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="claude">
          <CopyLine
            text={`export ANTHROPIC_BASE_URL=${baseUrl}\nexport ANTHROPIC_AUTH_TOKEN=local\nclaude`}
          />
          <p className={classes.note}>
            {t(speaksAnthropic ? "guide.client.claude.text" : "guide.client.claude.missing")}
          </p>
        </Tabs.Panel>
        <Tabs.Panel value="sdk">
          <CopyLine text={`export OPENAI_BASE_URL=${baseUrl}/v1\nexport OPENAI_API_KEY=local`} />
          <p className={classes.note}>{t("guide.client.sdk.text")}</p>
        </Tabs.Panel>
        <Tabs.Panel value="editor">
          <CopyLine text={`${baseUrl}/v1`} />
          <p className={classes.note}>{t("guide.client.editor.text", { model: model.name })}</p>
        </Tabs.Panel>
      </Tabs>
    </div>
  );
}

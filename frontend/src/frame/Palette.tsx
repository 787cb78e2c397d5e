import "@mantine/spotlight/styles.css";
import {
  Spotlight,
  type SpotlightActionData,
  type SpotlightActionGroupData,
  spotlight,
} from "@mantine/spotlight";
import {
  IconBox,
  IconCopy,
  IconMoon,
  IconPlayerPlay,
  IconPlayerStop,
  IconPlus,
  IconSun,
} from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { saveSettings, startProxy, stopProxy } from "@/api/actions";
import * as q from "@/api/queries";
import type { State } from "@/api/types";
import { copyText } from "@/ui/Copy";
import { notifyError } from "@/ui/notify";
import { notifyProxy } from "./notifyProxy";
import { routes } from "./routes";

const icon = { size: 16, stroke: 1.6 };

/** Ctrl/Cmd+K: pages, actions, models. */
export default function Palette({ state, asked }: { state?: State; asked: number }) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const models = useQuery(q.models());
  // biome-ignore lint/correctness/useExhaustiveDependencies: it opens again each time it is asked for
  useEffect(() => spotlight.open(), [asked]);

  const setProxy = (on: boolean) =>
    (on ? startProxy() : stopProxy())
      .then((s) => client.setQueryData(q.keys.state, s))
      .catch((e) => notifyProxy(client, e));
  const setTheme = (theme: string) =>
    saveSettings({ "app.theme": theme })
      .then((s) => client.setQueryData(q.keys.settings, s))
      .catch(notifyError);
  const running = state?.proxy === "running";
  const actions: SpotlightActionData[] = [
    {
      id: "toggle",
      label: t(running ? "palette.stop" : "palette.start"),
      leftSection: running ? <IconPlayerStop {...icon} /> : <IconPlayerPlay {...icon} />,
      onClick: () => void setProxy(!running),
    },
    {
      id: "copy",
      label: t("palette.copyUrl"),
      description: state?.base_url,
      leftSection: <IconCopy {...icon} />,
      onClick: () => void copyText(state?.base_url ?? ""),
    },
    {
      id: "add-model",
      label: t("palette.addModel"),
      leftSection: <IconPlus {...icon} />,
      onClick: () => navigate("/models?add=1"),
    },
    {
      id: "add-provider",
      label: t("palette.addProvider"),
      leftSection: <IconPlus {...icon} />,
      onClick: () => navigate("/providers?add=1"),
    },
    {
      id: "dark",
      label: t("palette.dark"),
      leftSection: <IconMoon {...icon} />,
      onClick: () => void setTheme("dark"),
    },
    {
      id: "light",
      label: t("palette.light"),
      leftSection: <IconSun {...icon} />,
      onClick: () => void setTheme("light"),
    },
  ];
  const groups: SpotlightActionGroupData[] = [
    {
      group: t("palette.pages"),
      actions: routes.map((r) => ({
        id: r.id,
        label: t(`nav.${r.id}`),
        leftSection: <r.icon {...icon} />,
        onClick: () => navigate(r.path),
      })),
    },
    { group: t("palette.actions"), actions },
    {
      group: t("palette.models"),
      actions: (models.data ?? []).map((m) => ({
        id: `model:${m.name}`,
        label: m.name,
        description: m.provider,
        leftSection: <IconBox {...icon} />,
        onClick: () => navigate(`/models/${encodeURIComponent(m.name)}`),
      })),
    },
  ];
  return (
    <Spotlight
      actions={groups}
      shortcut={["mod + K"]}
      nothingFound={t("palette.nothing")}
      overlayProps={{ blur: 0, backgroundOpacity: 0.35 }}
      transitionProps={{ duration: 80 }}
      scrollable
      maxHeight={420}
      limit={30}
      searchProps={{ placeholder: t("palette.placeholder"), "aria-label": t("palette.placeholder") }}
    />
  );
}

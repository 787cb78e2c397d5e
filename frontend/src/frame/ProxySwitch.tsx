import { Switch, UnstyledButton } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { startProxy, stopProxy } from "@/api/actions";
import { keys } from "@/api/queries";
import type { State } from "@/api/types";
import { useCopy } from "@/ui/Copy";
import { notifyProxy } from "./notifyProxy";
import classes from "./ProxySwitch.module.css";

interface Props {
  state?: State;
  offline: boolean;
  /** Offline because the proxy, which serves this page to a browser, was stopped. */
  stopped: boolean;
}

/** Is it on, and where: always at the right of the top bar. */
export function ProxySwitch({ state, offline, stopped }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { copied, copy } = useCopy();
  const toggle = useMutation({
    mutationFn: (on: boolean) => (on ? startProxy() : stopProxy()),
    onSuccess: (next) => client.setQueryData(keys.state, next),
    onError: (e) => notifyProxy(client, e),
  });

  const proxy = state?.proxy ?? "stopped";
  const shown = offline
    ? stopped
      ? "stopped"
      : "offline"
    : toggle.isPending
      ? toggle.variables
        ? "starting"
        : "draining"
      : proxy;
  const on = toggle.isPending ? toggle.variables === true : proxy === "running" || proxy === "starting";
  return (
    <div className={classes.box} data-state={shown}>
      {state && (
        <UnstyledButton
          className={classes.url}
          onClick={() => copy(state.base_url)}
          title={t("frame.proxy.copy")}
          aria-label={t("frame.proxy.copyLabel", { url: state.base_url })}
        >
          <span className={classes.address}>{state.base_url.replace(/^https?:\/\//, "")}</span>
          {copied ? <IconCheck size={14} className={classes.done} /> : <IconCopy size={14} stroke={1.6} />}
        </UnstyledButton>
      )}
      <span className={classes.word} role="status">
        {t(`frame.proxy.${shown}`)}
      </span>
      <Switch
        checked={on && !offline}
        disabled={offline || !state || toggle.isPending || proxy === "draining"}
        onChange={(e) => toggle.mutate(e.currentTarget.checked)}
        aria-label={t("frame.proxy.switch")}
        size="sm"
        color="teal.8"
      />
    </div>
  );
}

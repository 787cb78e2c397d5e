import { Button } from "@mantine/core";
import { IconAlertTriangle, IconChevronDown, IconPlugConnectedX } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useLayoutEffect, useRef, useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { openPlace, startProxy } from "@/api/actions";
import { keys } from "@/api/queries";
import type { Notice } from "@/api/types";
import { notifyError } from "@/ui/notify";
import classes from "./Notices.module.css";
import { notifyProxy } from "./notifyProxy";

/** Thin banners for what needs a person; nothing else is ever shown here. */
export function Notices({ notices }: { notices: Notice[] }) {
  return notices.filter(urgent).map((n) => <NoticeBar key={n.kind} notice={n} />);
}

/**
 * Over everything, drawers and dialogs too, which make room for it (theme.css). Stopped: offline because the proxy,
 * which serves this page to a browser, was stopped.
 */
export function OfflineBanner({ stopped }: { stopped: boolean }) {
  const { t } = useTranslation();
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const banner = ref.current;
    if (!banner) return;
    const { style } = document.documentElement;
    const observer = new ResizeObserver(() =>
      style.setProperty("--offline-banner", `${banner.offsetHeight}px`),
    );
    observer.observe(banner);
    return () => {
      observer.disconnect();
      style.removeProperty("--offline-banner");
    };
  }, []);
  return (
    <div ref={ref} className={`${classes.notice} ${classes.over}`} data-level="error" role="alert">
      <IconPlugConnectedX size={16} stroke={1.8} aria-hidden />
      <span className={classes.text}>
        {stopped ? (
          <Trans i18nKey="frame.offline.stopped" components={{ code: <code /> }} />
        ) : (
          t("frame.offline.banner")
        )}
      </span>
    </div>
  );
}

/** Whole desktops have no tray; for that there is the doctor, not a banner for ever. */
const urgent = (n: Notice) => n.kind !== "tray";

function NoticeBar({ notice }: { notice: Notice }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const [open, setOpen] = useState(false);
  const start = useMutation({
    mutationFn: startProxy,
    onSuccess: (s) => client.setQueryData(keys.state, s),
    onError: (e) => notifyProxy(client, e),
  });
  const file = useMutation({ mutationFn: openPlace, onError: notifyError });
  const problems = notice.problems ?? [];
  const listed = open || problems.length === 1;
  return (
    <div
      className={classes.notice}
      data-level={notice.level}
      role={notice.level === "error" ? "alert" : "status"}
    >
      <IconAlertTriangle size={16} stroke={1.8} aria-hidden />
      <div className={classes.text}>
        <strong>{t(`notice.${notice.kind}`)}</strong> {notice.message}
        {notice.hint && <span className={classes.hint}> {notice.hint}</span>}
        {listed && problems.length > 0 && (
          <ul className={classes.problems}>
            {problems.map((p) => (
              <li key={`${p.file}:${p.line}:${p.path}`}>
                <code>
                  {p.file.split(/[\\/]/).pop()}
                  {p.line > 0 && `:${p.line}`}
                </code>{" "}
                {p.path && <code className={classes.path}>{p.path}</code>} {p.message}
              </li>
            ))}
          </ul>
        )}
      </div>
      <div className={classes.actions}>
        {problems.length > 1 && (
          <Button
            variant="subtle"
            color="gray"
            size="compact-xs"
            onClick={() => setOpen(!open)}
            aria-expanded={open}
            rightSection={<IconChevronDown size={13} className={open ? classes.flipped : undefined} />}
          >
            {t("notice.problems", { count: problems.length })}
          </Button>
        )}
        {notice.kind === "config" && (
          <Button variant="default" size="compact-xs" onClick={() => file.mutate("config")}>
            {t("notice.openFile")}
          </Button>
        )}
        {notice.kind === "port" && notice.port ? (
          <Button
            variant="default"
            size="compact-xs"
            loading={start.isPending}
            onClick={() => start.mutate(notice.port)}
          >
            {t("notice.usePort", { port: notice.port })}
          </Button>
        ) : null}
        {(notice.kind === "routing" || notice.kind === "limit") && (
          <Button
            variant="default"
            size="compact-xs"
            onClick={() => navigate(notice.kind === "limit" ? "/routing?show=limits" : "/routing")}
          >
            {t("notice.show")}
          </Button>
        )}
        {(notice.kind === "keychain" || notice.kind === "database") && (
          <Button variant="default" size="compact-xs" onClick={() => navigate("/settings#health")}>
            {t("notice.details")}
          </Button>
        )}
      </div>
    </div>
  );
}

import { Anchor, Button, Loader } from "@mantine/core";
import { IconKey, IconPlugConnectedX } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { keys } from "@/api/queries";
import { CopyLine } from "@/ui/Copy";
import { Empty } from "@/ui/Empty";
import classes from "./states.module.css";

function Whole({ icon, title, children }: { icon: ReactNode; title: string; children: ReactNode }) {
  return (
    <main className={classes.whole}>
      <div className={classes.sheet}>
        <div className={classes.icon}>{icon}</div>
        <h1 className={classes.title}>{title}</h1>
        {children}
      </div>
    </main>
  );
}

/** A browser without a session: how to get in. */
export function SignIn() {
  const { t } = useTranslation();
  const client = useQueryClient();
  return (
    <Whole icon={<IconKey size={22} stroke={1.6} />} title={t("frame.signIn.title")}>
      {new URLSearchParams(window.location.search).get("login") === "used" && (
        <p className={classes.used} role="alert">
          {t("frame.signIn.used")}
        </p>
      )}
      <p>{t("frame.signIn.text")}</p>
      <CopyLine text={t("frame.signIn.command")} />
      <p className={classes.dim}>{t("frame.signIn.tray")}</p>
      <Button variant="default" onClick={() => client.invalidateQueries({ queryKey: keys.state })}>
        {t("frame.signIn.retry")}
      </Button>
    </Whole>
  );
}

/** The core does not answer and never did since this window opened. */
export function Offline() {
  const { t } = useTranslation();
  return (
    <Whole icon={<IconPlugConnectedX size={22} stroke={1.6} />} title={t("frame.offline.title")}>
      <p>{t("frame.offline.text")}</p>
      <CopyLine text={t("frame.offline.command")} />
      <p className={classes.waiting} role="status">
        <Loader size={14} color="gray" /> {t("frame.offline.waiting")}
      </p>
    </Whole>
  );
}

export function NotFound() {
  const { t } = useTranslation();
  return (
    <Empty title={t("frame.notFound.title")} text={t("frame.notFound.text")}>
      <Anchor component={Link} href="/">
        {t("frame.notFound.home")}
      </Anchor>
    </Empty>
  );
}

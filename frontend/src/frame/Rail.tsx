import { ActionIcon, Tooltip } from "@mantine/core";
import { IconLayoutSidebarLeftCollapse, IconLayoutSidebarLeftExpand } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import classes from "./Rail.module.css";
import { type PageRoute, routes } from "./routes";

interface Props {
  slim: boolean;
  version?: string;
  onToggle: () => void;
}

export function Rail({ slim, version, onToggle }: Props) {
  const { t } = useTranslation();
  const toggle = t(slim ? "frame.rail.expand" : "frame.rail.collapse");
  const Icon = slim ? IconLayoutSidebarLeftExpand : IconLayoutSidebarLeftCollapse;
  return (
    <nav className={classes.rail} aria-label={t("frame.rail.label")} data-slim={slim || undefined}>
      <div className={classes.brand}>
        <Mark />
        <span className={classes.name}>{t("product")}</span>
      </div>
      {routes
        .filter((r) => !r.foot)
        .map((r) => (
          <RailLink key={r.id} route={r} slim={slim} />
        ))}
      <div className={classes.space} />
      {routes
        .filter((r) => r.foot)
        .map((r) => (
          <RailLink key={r.id} route={r} slim={slim} />
        ))}
      <div className={classes.foot}>
        <span className={classes.version}>{version}</span>
        <Tooltip label={toggle} position="right">
          <ActionIcon onClick={onToggle} aria-label={toggle} aria-expanded={!slim}>
            <Icon size={17} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
      </div>
    </nav>
  );
}

function RailLink({ route, slim }: { route: PageRoute; slim: boolean }) {
  const { t } = useTranslation();
  const [location] = useLocation();
  const active = route.pattern.test(location);
  const label = t(`nav.${route.id}`);
  return (
    <Tooltip label={label} position="right" disabled={!slim} openDelay={100}>
      <Link
        href={route.path}
        className={classes.link}
        aria-current={active ? "page" : undefined}
        aria-label={slim ? label : undefined}
      >
        <route.icon size={18} stroke={1.6} aria-hidden />
        <span className={classes.label}>{label}</span>
      </Link>
    </Tooltip>
  );
}

/** Three lines that leave through one: many clients, one door. */
function Mark() {
  return (
    <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" className={classes.mark}>
      <path
        d="M2.5 4.5h3.2c2 0 2.6 5.5 5 5.5h6.8M2.5 10h15M2.5 15.5h3.2c2 0 2.6-5.5 5-5.5"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.9"
        strokeLinecap="round"
      />
    </svg>
  );
}

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
        <span className={classes.version} title={version}>
          {version}
        </span>
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

/** The llama of the program's icon (build/icons/app.svg), looking where the requests go. */
function Mark() {
  return (
    <svg viewBox="0 0 64 64" width="22" height="22" aria-hidden="true" className={classes.mark}>
      <rect width="64" height="64" rx="14" fill="#0d6e64" />
      <g transform="translate(6.5 8.4) scale(2.32)">
        <path
          fill="#fff"
          d="M9.2 7.2V3.1a1.3 1.3 0 0 1 2.6 0v3.4h1V3.1a1.3 1.3 0 0 1 2.6 0v4.3c1.6.9 2.6 2.5 2.6 4.4V24H10v-8.6H6.3a3.3 3.3 0 0 1-3.3-3.3v-.3a3.3 3.3 0 0 1 3.3-3.3h1.2z"
        />
        <circle cx="11.4" cy="10.6" r="1.35" fill="#0d6e64" />
      </g>
    </svg>
  );
}

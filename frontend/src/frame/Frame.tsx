import { ActionIcon, Tooltip } from "@mantine/core";
import { useHotkeys, useLocalStorage, useMediaQuery } from "@mantine/hooks";
import { IconCommand } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { ApiError, OfflineError } from "@/api/client";
import { inWindow } from "@/api/live";
import * as q from "@/api/queries";
import { useTheme } from "@/app/useTheme";
import { ErrorBoundary } from "@/ui/ErrorBoundary";
import classes from "./Frame.module.css";
import { Notices, OfflineBanner } from "./Notices";
import { BarSlot } from "./PageBar";
import { ProxySwitch } from "./ProxySwitch";
import { Rail } from "./Rail";
import { routes } from "./routes";
import { NotFound, Offline, SignIn } from "./states";

const Palette = lazy(() => import("./Palette"));

const isMac = () => /Mac|iP(hone|ad)/.test(navigator.platform);

/** Everything around a page. It owns the one query that every page depends on: the state of the core. */
export function Frame() {
  const { t } = useTranslation();
  const [location] = useLocation();
  const narrow = useMediaQuery("(max-width: 1000px)", undefined, { getInitialValueInEffect: false });
  const [slim, setSlim] = useLocalStorage<boolean | null>({ key: "rail-slim", defaultValue: null });
  const [slot, setSlot] = useState<HTMLElement | null>(null);
  // How often the palette was asked for here. The first time loads it; from then on it listens to the keys by itself.
  const [palette, setPalette] = useState(0);
  const openPalette = () => setPalette((n) => n + 1);
  useHotkeys(palette ? [] : [["mod+K", openPalette]], []);
  const paletteLabel = t(isMac() ? "palette.openMac" : "palette.open");
  const state = useQuery(q.state());
  useTheme(state.isSuccess);

  const unauthorized = state.error instanceof ApiError && state.error.status === 401;
  if (unauthorized) return <SignIn />;
  const offline = state.error instanceof OfflineError;
  if (offline && !state.data) return <Offline />;
  // A browser has this page from the proxy itself, and loses it when the proxy is stopped.
  const stopped = offline && !inWindow() && ["draining", "stopped"].includes(state.data?.proxy ?? "");

  const route = routes.find((r) => r.pattern.test(location));
  const Page = route?.page;
  return (
    <div
      className={classes.frame}
      data-slim={(slim ?? narrow) || undefined}
      data-offline={offline || undefined}
    >
      <a className={classes.skip} href="#content">
        {t("frame.skip")}
      </a>
      {offline && <OfflineBanner stopped={stopped} />}
      <Rail
        slim={slim ?? narrow ?? false}
        onToggle={() => setSlim(!(slim ?? narrow))}
        version={state.data?.version}
      />
      <div className={classes.main}>
        <header className={classes.bar}>
          <h1 className={classes.title}>{route ? t(`nav.${route.id}`) : t("frame.notFound.title")}</h1>
          <div className={classes.filters} ref={setSlot} />
          <Tooltip label={paletteLabel}>
            <ActionIcon onClick={openPalette} aria-label={paletteLabel} className={classes.palette}>
              <IconCommand size={16} stroke={1.6} />
            </ActionIcon>
          </Tooltip>
          <ProxySwitch state={state.data} offline={offline} stopped={stopped} />
        </header>
        {!offline && <Notices notices={state.data?.notices ?? []} />}
        <main className={classes.content} id="content" tabIndex={-1}>
          <BarSlot value={slot}>
            <ErrorBoundary key={route?.id}>
              <Suspense fallback={null}>{Page ? <Page /> : <NotFound />}</Suspense>
            </ErrorBoundary>
          </BarSlot>
        </main>
      </div>
      {palette > 0 && (
        <Suspense fallback={null}>
          <Palette state={state.data} asked={palette} />
        </Suspense>
      )}
    </div>
  );
}

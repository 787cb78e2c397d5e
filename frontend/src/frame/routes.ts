import {
  type IconActivity,
  IconBox,
  IconChartBar,
  IconHome,
  IconList,
  IconPlug,
  IconRoute,
  IconSettings,
} from "@tabler/icons-react";
import { type ComponentType, lazy } from "react";

export interface PageRoute {
  id: "overview" | "requests" | "usage" | "models" | "providers" | "routing" | "settings";
  path: string;
  /** Matches the page and what is below it. */
  pattern: RegExp;
  icon: typeof IconActivity;
  page: ComponentType;
  /** At the foot of the rail. */
  foot?: boolean;
}

/** Pages in the order of the rail. Each is its own chunk. */
export const routes: PageRoute[] = [
  {
    id: "overview",
    path: "/",
    pattern: /^\/$/,
    icon: IconHome,
    page: lazy(() => import("@/pages/overview/OverviewPage")),
  },
  {
    id: "requests",
    path: "/requests",
    pattern: /^\/requests(\/|$)/,
    icon: IconList,
    page: lazy(() => import("@/pages/requests/RequestsPage")),
  },
  {
    id: "usage",
    path: "/usage",
    pattern: /^\/usage$/,
    icon: IconChartBar,
    page: lazy(() => import("@/pages/usage/UsagePage")),
  },
  {
    id: "models",
    path: "/models",
    pattern: /^\/models(\/|$)/,
    icon: IconBox,
    page: lazy(() => import("@/pages/models/ModelsPage")),
  },
  {
    id: "providers",
    path: "/providers",
    pattern: /^\/providers(\/|$)/,
    icon: IconPlug,
    page: lazy(() => import("@/pages/providers/ProvidersPage")),
  },
  {
    id: "routing",
    path: "/routing",
    pattern: /^\/routing$/,
    icon: IconRoute,
    page: lazy(() => import("@/pages/routing/RoutingPage")),
  },
  {
    id: "settings",
    path: "/settings",
    pattern: /^\/settings$/,
    icon: IconSettings,
    page: lazy(() => import("@/pages/settings/SettingsPage")),
    foot: true,
  },
];

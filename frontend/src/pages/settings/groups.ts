/** The sections of the page. The core's groups are coarse; what is changed together stands together. */
import type { Setting } from "@/api/types";

export const GROUPS = [
  "app",
  "server",
  "access",
  "network",
  "routing",
  "timeouts",
  "queue",
  "limits",
  "recording",
  "database",
] as const;
export type Group = (typeof GROUPS)[number];

const PLACES: [string, Group][] = [
  ["app_keys.", "access"],
  ["proxy_settings.network.", "network"],
  ["proxy_settings.queue.", "queue"],
  ["router_settings.timeouts.", "timeouts"],
  ["limits.", "limits"],
];

export function groupOf(s: Pick<Setting, "key" | "group">): Group {
  return PLACES.find(([prefix]) => s.key.startsWith(prefix))?.[1] ?? s.group;
}

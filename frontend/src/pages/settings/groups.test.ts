import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import en from "@/i18n/en.json";
import { GROUPS, groupOf } from "./groups";

it("puts together what is changed together, and leaves the rest where the core has it", () => {
  expect(groupOf({ key: "limits.tokens_per_day", group: "routing" })).toBe("limits");
  expect(groupOf({ key: "proxy_settings.queue.size", group: "routing" })).toBe("queue");
  expect(groupOf({ key: "proxy_settings.network.ca_file", group: "server" })).toBe("network");
  expect(groupOf({ key: "router_settings.health.failures", group: "routing" })).toBe("routing");
});

it("has a title for every section", () => {
  expect(Object.keys(en.settings.group).sort()).toEqual([...GROUPS].sort());
});

/** The settings of the page as the core declares them: with a path, a group and a default. */
function declared(): string[] {
  const read = (file: string) => readFileSync(`../proxy/config/${file}`, "utf8");
  const prefixes: Record<string, string> = {
    p: "router_settings.timeouts.",
    r: "router_settings.",
    q: "proxy_settings.queue.",
  };
  return [...read("settings_routing.go").matchAll(/Path: (\w) \+ "([a-z_.]+)", Group: "/g)].map(
    ([, variable, name]) => `${prefixes[variable ?? ""]}${name}`,
  );
}

it("has words for every setting about routing", () => {
  const keys = declared();
  expect(keys.length).toBeGreaterThan(12);
  const labels = (key: string) =>
    key
      .split(".")
      .reduce((at: unknown, part) => (at as Record<string, unknown> | undefined)?.[part], en.setting);
  expect(keys.filter((k) => !(labels(k) as { label?: string } | undefined)?.label)).toEqual([]);
});

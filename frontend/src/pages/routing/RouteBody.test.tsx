import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import type { MemberView, RouteView } from "@/api/types";
import { RouteBody } from "./RouteBody";

const place = (backend: string) =>
  ({ backend, provider: "acme", target: backend, keys: [], health: "ok" }) as unknown as MemberView;
const team: RouteView = {
  name: "team",
  kind: "group",
  aliases: [],
  stages: [{ via: "", name: "team", members: [place("a"), place("b")] }],
  fallbacks: [],
  context_fallbacks: [],
  policy_fallbacks: [],
  members: [
    { model: "a", weight: 1, priority: 0 },
    { model: "b", weight: 1, priority: 0 },
  ],
  editable: true,
};

function show() {
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <table>
          <RouteBody
            route={team}
            routes={new Map([["team", team]])}
            targets={new Map()}
            pairs={[]}
            etag={'"7"'}
            onClear={() => {}}
          />
        </table>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

const answer = (status: number, body: object) =>
  vi.spyOn(globalThis, "fetch").mockImplementation(
    async () =>
      new Response(JSON.stringify(body), {
        status,
        headers: { "Content-Type": "application/problem+json" },
      }),
  );

const weigh = (value: string) => {
  const field = screen.getByLabelText("Weight of b");
  fireEvent.change(field, { target: { value } });
  fireEvent.keyDown(field, { key: "Enter" });
};

it("says so when somebody else was quicker, and keeps what was typed until it is discarded", async () => {
  const calls = answer(412, { title: "Stale" });
  show();
  weigh("4");
  expect((await screen.findByRole("alert")).textContent).toContain("Somebody else changed the configuration");
  const [url, init] = calls.mock.calls[0] ?? [];
  expect(url).toBe("/api/routing/team");
  expect(init?.headers).toMatchObject({ "If-Match": '"7"' });
  expect(JSON.parse(String(init?.body))).toEqual({
    members: [
      { model: "a", weight: 1, priority: 0 },
      { model: "b", weight: 4, priority: 0 },
    ],
  });
  expect((screen.getByLabelText("Weight of b") as HTMLInputElement).value).toBe("4");
  fireEvent.click(screen.getByRole("button", { name: "Discard" }));
  expect(screen.queryByRole("alert")).toBeNull();
  expect((screen.getByLabelText("Weight of b") as HTMLInputElement).value).toBe("1");
});

it("asks nobody when nothing changed", () => {
  const calls = answer(200, {});
  show();
  weigh("1");
  weigh("");
  expect(calls).not.toHaveBeenCalled();
});

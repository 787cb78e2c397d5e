import { QueryClient } from "@tanstack/react-query";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ApiError, api, OfflineError, urlOf } from "./client";
import { eventPatcher, RecordFeed } from "./events";
import { connectLive, parseEvent } from "./live";
import { keys, state } from "./queries";
import type { LiveEvent, RequestRecord, State } from "./types";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const answer = (status: number, body: unknown, type = "application/json") =>
  vi.stubGlobal(
    "fetch",
    vi.fn(
      async () =>
        new Response(body === null ? null : JSON.stringify(body), {
          status,
          headers: { "Content-Type": type },
        }),
    ),
  );

describe("client", () => {
  it("escapes names and leaves out what is empty", () => {
    expect(
      urlOf("/api/models/{name}", { path: { name: "a/b c" }, query: { x: "", y: 0, z: undefined } }),
    ).toBe("/api/models/a%2Fb%20c?y=0");
  });

  it("sends text bodies only, and If-Match when it is given", async () => {
    answer(200, { settings: [], etag: "2" });
    await api.patch("/api/settings", { body: { values: { a: 1 } }, ifMatch: "1" });
    const [, init] = vi.mocked(fetch).mock.calls[0] ?? [];
    expect(init).toMatchObject({ method: "PATCH", body: '{"values":{"a":1}}' });
    expect(init?.headers).toMatchObject({ "If-Match": "1", "Content-Type": "application/json" });
  });

  it("gives the version of what was read", async () => {
    vi.stubGlobal("fetch", async () => new Response('{"routes":[]}', { headers: { ETag: '"7"' } }));
    expect(await api.versioned("/api/routing")).toEqual({ routes: [], etag: '"7"' });
  });

  it("turns problems into errors that say what to do", async () => {
    answer(
      422,
      { title: "Invalid", detail: "Nothing was changed.", errors: [{ message: "no" }] },
      "application/problem+json",
    );
    const error = await api.get("/api/state").catch((e) => e);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 422, title: "Invalid", errors: [{ message: "no" }] });
  });

  it("knows a core that is away from a provider that is", async () => {
    answer(502, "core is not running", "text/plain");
    expect(await api.get("/api/state").catch((e) => e)).toBeInstanceOf(OfflineError);
    answer(502, { title: "The provider does not answer" }, "application/problem+json");
    expect(await api.get("/api/state").catch((e) => e)).toBeInstanceOf(ApiError);
    vi.stubGlobal("fetch", vi.fn().mockRejectedValue(new TypeError("refused")));
    expect(await api.get("/api/state").catch((e) => e)).toBeInstanceOf(OfflineError);
  });
});

describe("live events", () => {
  it("reads objects and text, and drops what it does not know", () => {
    expect(parseEvent('{"type":"config"}')).toEqual({ type: "config" });
    expect(parseEvent({ type: "inflight" })).toEqual({ type: "inflight" });
    expect(parseEvent('{"type":"other"}')).toBeNull();
    expect(parseEvent("nonsense")).toBeNull();
  });

  it("listens to Wails in the window", () => {
    let emit: (payload: unknown) => void = () => {};
    const off = vi.fn();
    vi.stubGlobal("runtime", {
      EventsOn: (name: string, callback: typeof emit) => {
        expect(name).toBe("live");
        emit = callback;
        return off;
      },
    });
    const seen: LiveEvent[] = [];
    const statuses: string[] = [];
    const stop = connectLive({ onEvent: (e) => seen.push(e), onStatus: (s) => statuses.push(s) });
    emit({ type: "config" });
    // The window tells so that the core has gone, and that it is back.
    window.dispatchEvent(new Event("offline"));
    window.dispatchEvent(new Event("online"));
    stop();
    window.dispatchEvent(new Event("offline"));
    expect(seen).toEqual([{ type: "config" }]);
    expect(statuses).toEqual(["open", "lost", "open"]);
    expect(off).toHaveBeenCalledOnce();
  });
});

describe("the state", () => {
  const client = new QueryClient();
  const refused = () => Promise.reject(new TypeError("refused"));
  const running = () => Promise.resolve(new Response('{"proxy":"running"}', { status: 200 }));

  it("is asked for once more where nobody answers: a listener may just be opened anew", async () => {
    vi.stubGlobal("fetch", vi.fn().mockImplementationOnce(refused).mockImplementation(running));
    expect(await client.fetchQuery({ ...state(), staleTime: 0 })).toEqual({ proxy: "running" });
  });

  it("is unknown soon after that", async () => {
    const fetch = vi.fn(refused);
    vi.stubGlobal("fetch", fetch);
    const error = await client.fetchQuery({ ...state(), staleTime: 0 }).catch((e) => e);
    expect(error).toBeInstanceOf(OfflineError);
    expect(fetch).toHaveBeenCalledTimes(2);
  });
});

describe("cache", () => {
  it("is patched with state and in-flight requests", () => {
    const client = new QueryClient();
    const apply = eventPatcher(client, new RecordFeed());
    apply({ type: "state", state: { proxy: "stopped" } as State });
    apply({ type: "inflight", in_flight: [] });
    expect(client.getQueryData(keys.state)).toEqual({ proxy: "stopped" });
    expect(client.getQueryData(keys.inflight)).toEqual({ in_flight: [] });
  });

  it("is patched with targets and the queue, where somebody has asked for them", () => {
    const client = new QueryClient();
    const apply = eventPatcher(client, new RecordFeed());
    apply({ type: "routing", targets: [] });
    apply({ type: "queue", waiting: [] });
    expect(client.getQueryData(keys.routing)).toBeUndefined();
    expect(client.getQueryData(keys.queue)).toBeUndefined();
    client.setQueryData(keys.routing, { routes: [], targets: [{}], pairs: [], etag: "1" });
    client.setQueryData(keys.queue, { waiting: [{}], uses: [{}] });
    apply({ type: "routing", targets: [] });
    apply({ type: "queue", waiting: [] });
    expect(client.getQueryData(keys.routing)).toEqual({ routes: [], targets: [], pairs: [], etag: "1" });
    expect(client.getQueryData(keys.queue)).toEqual({ waiting: [], uses: [{}] });
  });

  it("asks for sums again once for many finished requests", () => {
    vi.useFakeTimers();
    const client = new QueryClient();
    const invalidate = vi.spyOn(client, "invalidateQueries");
    const feed = new RecordFeed();
    const heard = vi.fn();
    feed.subscribe(heard);
    const apply = eventPatcher(client, feed);
    for (let id = 1; id <= 50; id++) apply({ type: "request", record: { id } as RequestRecord });
    vi.advanceTimersByTime(3000);
    expect(heard).toHaveBeenCalledTimes(50);
    expect(invalidate).toHaveBeenCalledOnce();
  });
});

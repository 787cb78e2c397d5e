/** Live events patch what pages have already asked for. */
import type { QueryClient } from "@tanstack/react-query";
import { keys } from "./queries";
import type { LiveEvent, Queue, RequestRecord, Routing } from "./types";

type RecordListener = (record: RequestRecord) => void;

/** Hands finished requests to the pages that show them one by one. */
export class RecordFeed {
  private readonly listeners = new Set<RecordListener>();

  subscribe(listener: RecordListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  publish(record: RequestRecord): void {
    for (const listener of this.listeners) listener(record);
  }
}

/** Sums are asked for again at most this often while requests keep finishing. */
const REFRESH_MS = 2500;

/** What another configuration may have changed. */
const CONFIGURED = [
  keys.models,
  keys.providers,
  keys.vault,
  keys.settings,
  keys.config,
  keys.routing,
  keys.queue,
  keys.limits,
];

/** Returns the function that applies one event to the cache. */
export function eventPatcher(client: QueryClient, feed: RecordFeed): (event: LiveEvent) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const refreshUsage = () => {
    if (timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      void client.invalidateQueries({ queryKey: keys.usage });
    }, REFRESH_MS);
  };

  return (event) => {
    switch (event.type) {
      case "state":
        if (event.state) client.setQueryData(keys.state, event.state);
        break;
      case "inflight":
        client.setQueryData(keys.inflight, { in_flight: event.in_flight ?? [] });
        break;
      case "request":
        if (event.record) feed.publish(event.record);
        refreshUsage();
        break;
      case "config":
        for (const key of CONFIGURED) void client.invalidateQueries({ queryKey: key });
        break;
      case "routing":
        client.setQueryData<Routing>(keys.routing, (old) => old && { ...old, targets: event.targets ?? [] });
        break;
      case "queue":
        client.setQueryData<Queue>(keys.queue, (old) => old && { ...old, waiting: event.waiting ?? [] });
        break;
    }
  };
}

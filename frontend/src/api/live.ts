/**
 * The one seam between the window and a browser. Events reach the window through Wails, because its asset
 * server cannot stream on every system; a browser gets them from the server directly.
 */
import type { LiveEvent } from "./types";

interface WailsRuntime {
  EventsOn(name: string, callback: (payload: unknown) => void): () => void;
  BrowserOpenURL?(url: string): void;
}

declare global {
  interface Window {
    runtime?: WailsRuntime;
  }
}

export type LiveStatus = "connecting" | "open" | "lost";

export interface LiveHandlers {
  onEvent(event: LiveEvent): void;
  onStatus(status: LiveStatus): void;
}

const TYPES: LiveEvent["type"][] = ["state", "request", "inflight", "config", "routing", "queue"];

export const inWindow = (): boolean => typeof window.runtime?.EventsOn === "function";

/** Links to the outside open in the person's browser, also from the window. */
export function openOutside(url: string): void {
  if (window.runtime?.BrowserOpenURL) window.runtime.BrowserOpenURL(url);
  else window.open(url, "_blank", "noopener,noreferrer");
}

export function parseEvent(payload: unknown): LiveEvent | null {
  try {
    const value = typeof payload === "string" ? JSON.parse(payload) : payload;
    return value && TYPES.includes((value as LiveEvent).type) ? (value as LiveEvent) : null;
  } catch {
    return null;
  }
}

/** Listens until the returned function is called. */
export function connectLive(handlers: LiveHandlers): () => void {
  const deliver = (payload: unknown) => {
    const event = parseEvent(payload);
    if (event) handlers.onEvent(event);
  };

  if (window.runtime && inWindow()) {
    handlers.onStatus("open");
    // The window's own side says when the core goes and comes: see app/window/core.js.
    const lost = () => handlers.onStatus("lost");
    const found = () => handlers.onStatus("open");
    window.addEventListener("offline", lost);
    window.addEventListener("online", found);
    const stop = window.runtime.EventsOn("live", deliver);
    return () => {
      stop();
      window.removeEventListener("offline", lost);
      window.removeEventListener("online", found);
    };
  }

  let source: EventSource;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let wait = 1000;
  const open = () => {
    handlers.onStatus("connecting");
    source = new EventSource("/api/events");
    source.onopen = () => {
      wait = 1000;
      handlers.onStatus("open");
    };
    source.onerror = () => {
      handlers.onStatus("lost");
      // A closed source (an error status) does not come back by itself.
      if (source.readyState === EventSource.CLOSED) {
        retry = setTimeout(open, wait);
        wait = Math.min(wait * 2, 15_000);
      }
    };
    for (const type of TYPES) source.addEventListener(type, (e) => deliver((e as MessageEvent<string>).data));
  };
  open();
  return () => {
    clearTimeout(retry);
    source.close();
  };
}

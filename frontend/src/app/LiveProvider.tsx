import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { eventPatcher, RecordFeed } from "@/api/events";
import { connectLive, type LiveStatus } from "@/api/live";
import { keys } from "@/api/queries";

interface Live {
  feed: RecordFeed;
  status: LiveStatus;
}

const LiveContext = createContext<Live | null>(null);

/** One connection for the whole window; it patches the cache and hands out finished requests. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [feed] = useState(() => new RecordFeed());
  const [status, setStatus] = useState<LiveStatus>("connecting");

  useEffect(() => {
    let lost = false;
    return connectLive({
      onEvent: eventPatcher(client, feed),
      onStatus: (next) => {
        setStatus(next);
        if (next === "lost") {
          lost = true;
          // Find out why at once instead of when the state is asked for next.
          void client.invalidateQueries({ queryKey: keys.state });
        }
        if (next === "open" && lost) {
          // Whatever happened meanwhile was not heard.
          lost = false;
          void client.invalidateQueries();
        }
      },
    });
  }, [client, feed]);

  const live = useMemo(() => ({ feed, status }), [feed, status]);
  return <LiveContext value={live}>{children}</LiveContext>;
}

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error("useLive needs a LiveProvider above it");
  return live;
}

import { type InfiniteData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import * as q from "@/api/queries";
import type { RequestPage, RequestQuery, RequestRecord } from "@/api/types";
import { useLive } from "@/app/LiveProvider";
import { matches, merge } from "./filters";

/**
 * The list and what has happened since it was read. New requests go straight in while the reader is at the top;
 * otherwise they wait, so that nothing moves under the eyes.
 */
export function useRequestList(filter: RequestQuery, atTop: () => boolean) {
  const client = useQueryClient();
  const { feed } = useLive();
  const options = q.requests(filter);
  const query = useInfiniteQuery({ ...options, refetchOnMount: "always", refetchOnWindowFocus: false });
  const [waiting, setWaiting] = useState<RequestRecord[]>([]);
  const key = JSON.stringify(options.queryKey);
  const latest = useRef({ filter, atTop, queryKey: options.queryKey });
  latest.current = { filter, atTop, queryKey: options.queryKey };

  const insert = (records: RequestRecord[]) =>
    client.setQueryData(latest.current.queryKey, (old: InfiniteData<RequestPage, unknown> | undefined) => {
      const [first, ...rest] = old?.pages ?? [];
      if (!old || !first) return old;
      return { ...old, pages: [{ ...first, records: merge(records, first.records) }, ...rest] };
    });
  const insertRef = useRef(insert);
  insertRef.current = insert;

  // biome-ignore lint/correctness/useExhaustiveDependencies: another list starts with nothing waiting
  useEffect(() => {
    setWaiting([]);
    return feed.subscribe((record) => {
      if (!matches(record, latest.current.filter)) return;
      if (latest.current.atTop()) insertRef.current([record]);
      else setWaiting((w) => merge([record], w));
    });
  }, [feed, key]);

  const records = useMemo(() => query.data?.pages.flatMap((p) => p.records) ?? [], [query.data]);
  const showWaiting = () => {
    if (waiting.length === 0) return;
    insert(waiting);
    setWaiting([]);
  };
  return { ...query, records, waiting: waiting.length, showWaiting };
}

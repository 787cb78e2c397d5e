/** What can be asked of the core, as query options that pages use. Keys are lists that start with the noun. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, OfflineError } from "./client";
import type { GroupBy, RequestQuery, UsageFilter } from "./types";

export const keys = {
  state: ["state"],
  inflight: ["inflight"],
  requests: ["requests"],
  usage: ["usage"],
  models: ["models"],
  providers: ["providers"],
  vault: ["keys"],
  settings: ["settings"],
  config: ["config"],
  routing: ["routing"],
  queue: ["queue"],
  limits: ["limits"],
} as const;

export const state = () =>
  queryOptions({
    queryKey: keys.state,
    queryFn: ({ signal }) => api.get("/api/state", { signal }),
    // Events keep it fresh; this is the probe that finds the core again after it went away.
    refetchInterval: (q) => (q.state.status === "error" ? 2000 : 15_000),
    // Once more, soon: a listener that is opened anew is away for a moment.
    retry: (failures, error) => failures < 1 && error instanceof OfflineError,
    retryDelay: 200,
  });

export const inflight = () =>
  queryOptions({
    queryKey: keys.inflight,
    queryFn: ({ signal }) => api.get("/api/inflight", { signal }),
    select: (d) => d.in_flight,
  });

/** Rows asked for at a time. */
export const PAGE = 200;

export const requests = (filter: RequestQuery) =>
  infiniteQueryOptions({
    queryKey: [...keys.requests, "list", filter],
    queryFn: ({ pageParam, signal }) =>
      api.get("/api/requests", { query: { ...filter, before: pageParam || undefined, limit: PAGE }, signal }),
    initialPageParam: 0,
    getNextPageParam: (last) => last.next || undefined,
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });

export const recentRequests = (filter: RequestQuery, limit: number) =>
  queryOptions({
    queryKey: [...keys.usage, "recent", filter, limit],
    queryFn: ({ signal }) => api.get("/api/requests", { query: { ...filter, limit }, signal }),
    select: (d) => d.records,
    placeholderData: keepPreviousData,
  });

export const requestDetail = (id: number) =>
  queryOptions({
    queryKey: [...keys.requests, "detail", id],
    queryFn: ({ signal }) => api.get("/api/requests/{id}", { path: { id }, signal }),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });

export const totals = (filter: UsageFilter) =>
  queryOptions({
    queryKey: [...keys.usage, "totals", filter],
    queryFn: ({ signal }) => api.get("/api/usage/totals", { query: filter, signal }),
    placeholderData: keepPreviousData,
  });

export const breakdown = (by: GroupBy, filter: UsageFilter) =>
  queryOptions({
    queryKey: [...keys.usage, "breakdown", by, filter],
    queryFn: ({ signal }) => api.get("/api/usage/breakdown", { query: { by, ...filter }, signal }),
    select: (d) => d.rows,
    placeholderData: keepPreviousData,
  });

export const series = (by: GroupBy | undefined, stepS: number, filter: UsageFilter, limit = 8) =>
  queryOptions({
    queryKey: [...keys.usage, "series", by, stepS, filter, limit],
    queryFn: ({ signal }) =>
      api.get("/api/usage/series", { query: { by, step_s: stepS, limit, ...filter }, signal }),
    placeholderData: keepPreviousData,
  });

export const values = (by: GroupBy) =>
  queryOptions({
    queryKey: ["values", by],
    queryFn: ({ signal }) => api.get("/api/usage/values", { query: { by }, signal }),
    select: (d) => d.values,
    staleTime: 60_000,
  });

export const models = () =>
  queryOptions({
    queryKey: keys.models,
    queryFn: ({ signal }) => api.get("/api/models", { signal }),
    select: (d) => d.models,
  });

/** Events tell when a target changes; its counters and times are read again this often while they are looked at. */
const WATCH_MS = 3000;

export const routing = () =>
  queryOptions({
    queryKey: keys.routing,
    queryFn: ({ signal }) => api.versioned("/api/routing", { signal }),
  });

export const watchedRouting = () => queryOptions({ ...routing(), refetchInterval: WATCH_MS });

export const queue = () =>
  queryOptions({
    queryKey: keys.queue,
    queryFn: ({ signal }) => api.get("/api/queue", { signal }),
    refetchInterval: WATCH_MS,
  });

export const limits = () =>
  queryOptions({
    queryKey: keys.limits,
    queryFn: ({ signal }) => api.get("/api/limits", { signal }),
    select: (d) => d.limits,
    refetchInterval: WATCH_MS,
  });

export const catalog = () =>
  queryOptions({
    queryKey: ["catalog"],
    queryFn: ({ signal }) => api.get("/api/catalog", { signal }),
    select: (d) => d.providers,
    staleTime: Number.POSITIVE_INFINITY,
  });

export const providers = () =>
  queryOptions({
    queryKey: keys.providers,
    queryFn: ({ signal }) => api.get("/api/providers", { signal }),
    select: (d) => d.providers,
  });

export const providerModels = (name: string) =>
  queryOptions({
    queryKey: [...keys.providers, name, "models"],
    queryFn: ({ signal }) => api.get("/api/providers/{name}/models", { path: { name }, signal }),
    select: (d) => d.models,
    retry: false,
  });

export const vault = () =>
  queryOptions({
    queryKey: keys.vault,
    queryFn: ({ signal }) => api.get("/api/keys", { signal }),
  });

export const settings = () =>
  queryOptions({
    queryKey: keys.settings,
    queryFn: ({ signal }) => api.get("/api/settings", { signal }),
  });

export const doctor = () =>
  queryOptions({
    queryKey: ["doctor"],
    queryFn: ({ signal }) => api.get("/api/doctor", { signal }),
    select: (d) => d.checks,
    staleTime: 0,
  });

export const storage = () =>
  queryOptions({
    queryKey: ["storage"],
    queryFn: ({ signal }) => api.get("/api/storage", { signal }),
  });

export const places = () =>
  queryOptions({
    queryKey: ["places"],
    queryFn: ({ signal }) => api.get("/api/places", { signal }),
    select: (d) => d.places,
    staleTime: Number.POSITIVE_INFINITY,
  });

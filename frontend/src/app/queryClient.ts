import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "@/api/client";

/** Local calls are quick and events tell what changed, so data is fresh until an event says otherwise. */
export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        refetchOnWindowFocus: true,
        // The API is on this machine: being offline does not matter.
        networkMode: "always",
        retry: (count, error) => count < 1 && !(error instanceof ApiError && error.status < 500),
      },
      mutations: { networkMode: "always" },
    },
  });
}

import type { QueryClient } from "@tanstack/react-query";
import { ApiError } from "@/api/client";
import { keys } from "@/api/queries";
import { notifyError } from "@/ui/notify";

/** Tells why the proxy was not switched. A taken port has a banner, which offers another: once is enough. */
export function notifyProxy(client: QueryClient, error: unknown): void {
  if (error instanceof ApiError && error.type === "urn:yallmproxy:port-taken") {
    void client.invalidateQueries({ queryKey: keys.state });
  } else {
    notifyError(error);
  }
}

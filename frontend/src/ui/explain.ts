import { ApiError, OfflineError } from "@/api/client";
import i18n from "@/i18n";

export interface Explanation {
  title: string;
  detail: string;
  lines: string[];
}

/** What happened and what to do, from any error. */
export function explain(error: unknown): Explanation {
  if (error instanceof OfflineError) {
    return { title: i18n.t("error.offline.title"), detail: i18n.t("error.offline.detail"), lines: [] };
  }
  if (error instanceof ApiError) {
    if (error.status === 412) {
      return { title: i18n.t("error.stale.title"), detail: i18n.t("error.stale.detail"), lines: [] };
    }
    const lines = error.errors.map((e) => [e.location, e.message].filter(Boolean).join(": "));
    // The title is the name of an HTTP status; it is only worth reading when there is nothing else.
    const title = error.detail ? i18n.t("error.failed") : error.title;
    return { title: title || i18n.t("error.failed"), detail: error.detail, lines };
  }
  return {
    title: i18n.t("error.failed"),
    detail: error instanceof Error ? error.message : String(error),
    lines: [],
  };
}

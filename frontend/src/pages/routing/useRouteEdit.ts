import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { deleteRoute, saveRoute } from "@/api/actions";
import { ApiError } from "@/api/client";
import * as q from "@/api/queries";
import type { RouteView, Routing } from "@/api/types";
import { notifyError } from "@/ui/notify";
import { showUndo } from "@/ui/undo";
import { changeBetween, type Lists, listsOf } from "./rows";

export interface Edit {
  next: Lists;
  /** What was done, for the person. */
  said: string;
  /** The row that it is about. */
  at: string;
}

/** Changes of one route: shown at once, saved at once, taken back with one click. What is refused stays, with the reason. */
export function useRouteEdit(route: RouteView, etag: string) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [edit, setEdit] = useState<Edit | null>(null);
  const about = `route:${route.name}`;
  const saved = listsOf(route);

  const refresh = () =>
    Promise.all([q.keys.routing, q.keys.models].map((queryKey) => client.invalidateQueries({ queryKey })));
  const version = () => client.getQueryData<Routing & { etag: string }>(q.keys.routing)?.etag ?? etag;

  const save = useMutation({
    mutationFn: ({ next }: Edit) => saveRoute(route.name, changeBetween(saved, next), version()),
    onSuccess: async (_, { next, said }) => {
      const back = changeBetween(next, saved);
      await refresh();
      setEdit(null);
      const undo = () => saveRoute(route.name, back, version()).then(refresh).catch(notifyError);
      showUndo(said, () => void undo(), about);
    },
    // The newer values, to look at beside what was refused.
    onError: (e) => e instanceof ApiError && e.status === 412 && refresh(),
  });

  const remove = useMutation({
    mutationFn: (force: boolean) => deleteRoute(route.name, force, version()),
    onSuccess: async (_, force) => {
      await refresh();
      const undo = () =>
        saveRoute(route.name, changeBetween(NOTHING, saved), version()).then(refresh).catch(notifyError);
      // What led to it would stay without it.
      showUndo(t("routing.removedName", { name: route.name }), force ? undefined : () => void undo(), about);
    },
  });

  return {
    lists: edit?.next ?? saved,
    busy: save.isPending || remove.isPending,
    error: save.error,
    errorAt: save.error ? edit?.at : undefined,
    change: (next: Lists, said: string, at: string) => {
      if (save.isPending || Object.keys(changeBetween(saved, next)).length === 0) return;
      const made = { next, said, at };
      setEdit(made);
      save.mutate(made);
    },
    again: () => edit && save.mutate(edit),
    discard: () => {
      setEdit(null);
      save.reset();
    },
    remove,
  };
}

export type RouteEdit = ReturnType<typeof useRouteEdit>;

const NOTHING: Lists = {
  members: [],
  fallbacks: [],
  context_fallbacks: [],
  policy_fallbacks: [],
  aliases: [],
};

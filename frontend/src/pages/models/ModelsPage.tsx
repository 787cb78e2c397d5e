import { Button, TextInput } from "@mantine/core";
import { IconPlus, IconSearch } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useSearchParams } from "wouter";
import { copyModel, createModel, deleteModel, testModel } from "@/api/actions";
import * as q from "@/api/queries";
import type { ModelView } from "@/api/types";
import { PageBar } from "@/frame/PageBar";
import { Empty } from "@/ui/Empty";
import { notifyError } from "@/ui/notify";
import { Page } from "@/ui/Page";
import { Problem } from "@/ui/Problem";
import { showUndo } from "@/ui/undo";
import { AddModels } from "./AddModels";
import { ModelEditor } from "./ModelEditor";
import { ModelTable } from "./ModelTable";

export default function ModelsPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [location, navigate] = useLocation();
  const [params] = useSearchParams();
  const [search, setSearch] = useState("");
  const models = useQuery(q.models());
  const providers = useQuery(q.providers());

  const refresh = () => client.invalidateQueries({ queryKey: q.keys.models });
  const test = useMutation({ mutationFn: testModel });
  const copy = useMutation({
    mutationFn: ({ name, as }: { name: string; as: string }) => copyModel(name, as),
    onSuccess: async (m) => {
      await refresh();
      navigate(`/models/${encodeURIComponent(m.name)}`);
    },
    onError: notifyError,
  });
  const restore = (m: ModelView) =>
    createModel({ name: m.name, yaml: m.yaml }).then(refresh).catch(notifyError);
  const remove = useMutation({
    mutationFn: (m: ModelView) => deleteModel(m.name),
    onSuccess: async (_, m) => {
      await refresh();
      // What holds a key in its own text cannot be put back from its masked form.
      const undo = m.yaml.includes("•••") ? undefined : () => void restore(m);
      showUndo(t("models.removed", { name: m.name }), undo);
    },
    onError: notifyError,
  });

  const opened = decodeURIComponent(/^\/models\/([^/]+)/.exec(location)?.[1] ?? "");
  const editing = models.data?.find((m) => m.name === opened && !m.group);
  const adding = params.has("add");
  const wanted = search.trim().toLowerCase();
  const found = models.data?.filter((m) =>
    [m.name, m.provider, m.target].some((v) => v.toLowerCase().includes(wanted)),
  );
  const close = () => navigate("/models");

  return (
    <Page>
      <PageBar>
        <TextInput
          value={search}
          onChange={(e) => setSearch(e.currentTarget.value)}
          placeholder={t("models.search")}
          aria-label={t("models.search")}
          leftSection={<IconSearch size={14} stroke={1.6} />}
          w={200}
        />
        <Button leftSection={<IconPlus size={14} />} onClick={() => navigate("/models?add=1")}>
          {t("models.add")}
        </Button>
      </PageBar>
      {models.error && !models.data ? (
        <Problem error={models.error} retry={() => models.refetch()} />
      ) : models.data?.length === 0 ? (
        <Empty title={t("models.empty.title")} text={t("models.empty.text")}>
          <Button onClick={() => navigate("/models?add=1")}>{t("models.add")}</Button>
        </Empty>
      ) : found?.length === 0 ? (
        <Empty title={t("models.none")}>
          <Button variant="default" onClick={() => setSearch("")}>
            {t("models.clear")}
          </Button>
        </Empty>
      ) : (
        <ModelTable
          models={found}
          labels={new Map(providers.data?.map((p) => [p.name, p.label]))}
          test={test}
          onOpen={(m) => navigate(`${m.group ? "/routing?find=" : "/models/"}${encodeURIComponent(m.name)}`)}
          onTest={(m) => test.mutate(m.name)}
          onCopy={(m) => copy.mutate({ name: m.name, as: freeName(m.name, models.data ?? []) })}
          onRemove={(m) => remove.mutate(m)}
        />
      )}
      {editing && (
        <ModelEditor
          key={editing.name}
          model={editing}
          others={(models.data ?? []).filter((m) => m.name !== editing.name).map((m) => m.name)}
          providers={providers.data ?? []}
          onClose={close}
          onSaved={(m) => {
            void refresh();
            if (m.name === editing.name) close();
            else navigate("/models");
          }}
        />
      )}
      {adding && <AddModels providers={providers.data} onClose={close} onAdded={refresh} />}
    </Page>
  );
}

/** The name of a copy: "fast-copy", "fast-copy-2" … */
function freeName(name: string, models: ModelView[]): string {
  const taken = new Set(models.map((m) => m.name));
  let free = `${name}-copy`;
  for (let n = 2; taken.has(free); n++) free = `${name}-copy-${n}`;
  return free;
}

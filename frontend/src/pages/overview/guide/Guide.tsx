import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { addModels, saveProvider, tryProvider } from "@/api/actions";
import * as q from "@/api/queries";
import type { CatalogEntry, State } from "@/api/types";
import { ModelPicker } from "@/ui/ModelPicker";
import { Problem } from "@/ui/Problem";
import { CatalogCards } from "@/ui/provider/CatalogCards";
import { emptyDraft, inputOf, type ProviderDraft, trialOf } from "@/ui/provider/draft";
import { ProviderForm } from "@/ui/provider/ProviderForm";
import { Steps } from "@/ui/Steps";
import { ClientHelp } from "./ClientHelp";
import classes from "./Guide.module.css";
import { Progress } from "./Progress";

export type Stage = "provider" | "key" | "models" | "done";

/** From nothing to a first request: provider, key, models, client. */
export default function Guide({ state, onDone }: { state: State; onDone: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [stage, setStage] = useState<Stage>("provider");
  const [draft, setDraft] = useState<ProviderDraft | null>(null);
  const [chosen, setChosen] = useState<string[]>([]);
  const catalog = useQuery(q.catalog());
  const keys = useQuery(q.vault());
  const models = useQuery({ ...q.models(), enabled: stage === "done" });
  const list = useQuery({ ...q.providerModels(draft?.name ?? ""), enabled: stage === "models" });

  const test = useMutation({ mutationFn: (d: ProviderDraft) => tryProvider(trialOf(d)) });
  const save = useMutation({
    mutationFn: (d: ProviderDraft) => saveProvider(d.name, inputOf(d)),
    onSuccess: () => setStage("models"),
  });
  const add = useMutation({
    mutationFn: () =>
      addModels(
        draft?.name ?? "",
        chosen.map((id) => ({ id })),
      ),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: q.keys.models });
      setStage("done");
    },
  });

  const pick = (entry: CatalogEntry) => {
    setDraft(emptyDraft(entry));
    test.reset();
    save.reset();
    setStage("key");
  };
  const change = (next: ProviderDraft) => {
    setDraft(next);
    test.reset();
  };

  return (
    <div className={classes.guide}>
      <Progress stage={stage} onBack={(to) => setStage(to)} />
      {stage === "provider" && (
        <>
          <h2 className={classes.title}>{t("guide.provider.title")}</h2>
          <p className={classes.lead}>{t("guide.provider.text")}</p>
          {catalog.error ? (
            <Problem error={catalog.error} retry={() => catalog.refetch()} />
          ) : (
            <CatalogCards entries={catalog.data} onPick={pick} />
          )}
        </>
      )}
      {stage === "key" && draft && (
        <form
          onSubmit={(e) => {
            e.preventDefault();
            if (test.data?.ok) save.mutate(draft);
            else test.mutate(draft);
          }}
        >
          <h2 className={classes.title}>
            {t("guide.key.title", { provider: draft.entry?.label ?? draft.name })}
          </h2>
          <ProviderForm draft={draft} onChange={change} keys={keys.data} autoFocus />
          {(test.isPending || test.data) && <Steps result={test.data} running={test.isPending} />}
          {test.error && <Problem error={test.error} />}
          {save.error && <Problem error={save.error} />}
          <div className={classes.buttons}>
            <Button variant="default" onClick={() => setStage("provider")}>
              {t("guide.back")}
            </Button>
            <div className={classes.grow} />
            {test.data && !test.data.ok && (
              <Button
                variant="subtle"
                color="gray"
                loading={save.isPending}
                onClick={() => save.mutate(draft)}
              >
                {t("guide.key.anyway")}
              </Button>
            )}
            <Button type="submit" loading={test.isPending || save.isPending}>
              {t(test.data?.ok ? "guide.next" : "guide.key.test")}
            </Button>
          </div>
        </form>
      )}
      {stage === "models" && draft && (
        <>
          <h2 className={classes.title}>{t("guide.models.title")}</h2>
          <p className={classes.lead}>{t("guide.models.text")}</p>
          <ModelPicker
            models={list.data}
            error={list.error}
            onRetry={() => list.refetch()}
            chosen={chosen}
            onChange={setChosen}
          />
          {add.error && <Problem error={add.error} />}
          <div className={classes.buttons}>
            <Button variant="default" onClick={() => setStage("key")}>
              {t("guide.back")}
            </Button>
            <div className={classes.grow} />
            <Button disabled={chosen.length === 0} loading={add.isPending} onClick={() => add.mutate()}>
              {t("guide.models.add", { count: chosen.length })}
            </Button>
          </div>
        </>
      )}
      {stage === "done" && (
        <>
          <h2 className={classes.title}>{t("guide.done.title")}</h2>
          <p className={classes.lead}>{t("guide.done.text", { url: state.base_url })}</p>
          <ClientHelp baseUrl={state.base_url} models={models.data ?? []} />
          <div className={classes.buttons}>
            <div className={classes.grow} />
            <Button onClick={onDone}>{t("guide.done.finish")}</Button>
          </div>
        </>
      )}
    </div>
  );
}

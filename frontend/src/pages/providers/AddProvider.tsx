import { Button, Drawer } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { saveProvider, tryProvider } from "@/api/actions";
import type { CatalogEntry, Keys } from "@/api/types";
import { notifyDone } from "@/ui/notify";
import { Problem } from "@/ui/Problem";
import { CatalogCards } from "@/ui/provider/CatalogCards";
import { emptyDraft, inputOf, type ProviderDraft, trialOf } from "@/ui/provider/draft";
import { ProviderForm } from "@/ui/provider/ProviderForm";
import { Steps } from "@/ui/Steps";
import classes from "./ProviderList.module.css";

interface Props {
  catalog?: CatalogEntry[];
  keys?: Keys;
  taken: string[];
  onClose: () => void;
  onSaved: () => void;
}

/** Pick from the catalogue, then the key; a test is offered, never demanded. */
export function AddProvider({ catalog, keys, taken, onClose, onSaved }: Props) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const [draft, setDraft] = useState<ProviderDraft | null>(null);
  const test = useMutation({ mutationFn: (d: ProviderDraft) => tryProvider(trialOf(d)) });
  const save = useMutation({
    mutationFn: (d: ProviderDraft) => saveProvider(d.name, inputOf(d)),
    onSuccess: (p) => {
      onSaved();
      notifyDone(t("provider.saved", { name: p.label }));
      navigate("/models?add=1");
    },
  });
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={draft ? 520 : 640}
      title={draft ? (draft.entry?.label ?? draft.name) : t("provider.add")}
    >
      {!draft ? (
        <CatalogCards entries={catalog} onPick={(entry) => setDraft(emptyDraft(entry, taken))} />
      ) : (
        <form
          onSubmit={(e) => {
            e.preventDefault();
            save.mutate(draft);
          }}
        >
          <ProviderForm
            draft={draft}
            onChange={(d) => {
              setDraft(d);
              test.reset();
            }}
            keys={keys}
            autoFocus
          />
          {!test.isIdle && !test.error && <Steps result={test.data} running={test.isPending} />}
          {test.error && <Problem error={test.error} />}
          {save.error && <Problem error={save.error} />}
          <div className={classes.buttons}>
            <Button variant="default" onClick={() => setDraft(null)}>
              {t("guide.back")}
            </Button>
            <span className={classes.space} />
            <Button variant="default" loading={test.isPending} onClick={() => test.mutate(draft)}>
              {t("guide.key.test")}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {t("provider.add")}
            </Button>
          </div>
        </form>
      )}
    </Drawer>
  );
}

import { Button, Drawer } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { saveProvider, tryProvider } from "@/api/actions";
import type { CatalogEntry, Keys, ProviderView } from "@/api/types";
import { KeyBadge } from "@/ui/KeyBadge";
import { notifyDone } from "@/ui/notify";
import { Problem } from "@/ui/Problem";
import { draftOf, inputOf, type ProviderDraft, trialOf } from "@/ui/provider/draft";
import { ProviderForm } from "@/ui/provider/ProviderForm";
import { Steps } from "@/ui/Steps";
import classes from "./ProviderList.module.css";

interface Props {
  provider: ProviderView;
  entry: CatalogEntry | null;
  keys?: Keys;
  onClose: () => void;
  onSaved: () => void;
}

export function EditProvider({ provider, entry, keys, onClose, onSaved }: Props) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState<ProviderDraft>(() => draftOf(provider, entry));
  const test = useMutation({ mutationFn: () => tryProvider(trialOf(draft)) });
  const save = useMutation({
    mutationFn: () => saveProvider(provider.name, inputOf(draft)),
    onSuccess: () => {
      onSaved();
      notifyDone(t("provider.saved", { name: provider.label }));
      onClose();
    },
  });
  return (
    <Drawer opened onClose={onClose} position="right" size={520} title={provider.label}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          save.mutate();
        }}
      >
        {provider.keys.length === 0 && <KeyBadge state={provider.key} />}
        {provider.keys.map(
          (k) =>
            k.problem && (
              <p key={k.name}>{provider.keys.length > 1 ? `${k.name}: ${k.problem}` : k.problem}</p>
            ),
        )}
        <ProviderForm
          draft={draft}
          onChange={(d) => {
            setDraft(d);
            test.reset();
          }}
          keys={keys}
          showEndpoints
          autoFocus
        />
        {!test.isIdle && !test.error && <Steps result={test.data} running={test.isPending} />}
        {test.error && <Problem error={test.error} />}
        {save.error && <Problem error={save.error} />}
        <div className={classes.buttons}>
          <Button variant="default" loading={test.isPending} onClick={() => test.mutate()}>
            {t("guide.key.test")}
          </Button>
          <span className={classes.space} />
          <Button variant="default" onClick={onClose}>
            {t("ui.cancel")}
          </Button>
          <Button type="submit" loading={save.isPending}>
            {t("ui.save")}
          </Button>
        </div>
      </form>
    </Drawer>
  );
}

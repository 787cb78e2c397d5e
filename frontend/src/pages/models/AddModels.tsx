import { Button, Drawer, Select } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { addModels } from "@/api/actions";
import * as q from "@/api/queries";
import type { ProviderView } from "@/api/types";
import { Empty } from "@/ui/Empty";
import { ModelPicker } from "@/ui/ModelPicker";
import { notifyDone } from "@/ui/notify";
import { Problem } from "@/ui/Problem";

interface Props {
  providers?: ProviderView[];
  onClose: () => void;
  onAdded: () => void;
}

/** Add many models at once from a provider's own list. */
export function AddModels({ providers, onClose, onAdded }: Props) {
  const { t } = useTranslation();
  const [picked, setPicked] = useState<string | null>(null);
  const [chosen, setChosen] = useState<string[]>([]);
  const name = picked ?? providers?.[0]?.name ?? "";
  const list = useQuery({ ...q.providerModels(name), enabled: name !== "" });
  const add = useMutation({
    mutationFn: () =>
      addModels(
        name,
        chosen.map((id) => ({ id })),
      ),
    onSuccess: () => {
      notifyDone(t("models.addedMany", { count: chosen.length }));
      onAdded();
      onClose();
    },
  });
  return (
    <Drawer opened onClose={onClose} position="right" size={520} title={t("models.addTitle")}>
      {providers?.length === 0 ? (
        <Empty title={t("models.noProvider.title")} text={t("models.noProvider.text")}>
          <Button component={Link} href="/providers?add=1">
            {t("models.noProvider.add")}
          </Button>
        </Empty>
      ) : (
        <>
          <Select
            label={t("models.from")}
            value={name}
            onChange={(v) => {
              setPicked(v);
              setChosen([]);
            }}
            data={providers?.map((p) => ({ value: p.name, label: p.label })) ?? []}
            allowDeselect={false}
            mb={12}
          />
          <ModelPicker
            key={name}
            models={list.data}
            error={list.error}
            onRetry={() => list.refetch()}
            chosen={chosen}
            onChange={setChosen}
          />
          {add.error && <Problem error={add.error} />}
          <div style={{ display: "flex", justifyContent: "flex-end", gap: 8, marginTop: 12 }}>
            <Button variant="default" onClick={onClose}>
              {t("ui.cancel")}
            </Button>
            <Button disabled={chosen.length === 0} loading={add.isPending} onClick={() => add.mutate()}>
              {t("guide.models.add", { count: chosen.length })}
            </Button>
          </div>
        </>
      )}
    </Drawer>
  );
}

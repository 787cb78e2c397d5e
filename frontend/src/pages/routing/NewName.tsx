import { Button, Modal, MultiSelect, SegmentedControl, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { saveRoute } from "@/api/actions";
import * as q from "@/api/queries";
import type { Routing } from "@/api/types";
import { notifyDone } from "@/ui/notify";
import { Problem } from "@/ui/Problem";
import classes from "./Routing.module.css";

interface Props {
  routing?: Routing & { etag: string };
  onClose: () => void;
}

/** A name of one's own: models that share its requests, or models that are tried one after another. */
export function NewName({ routing, onClose }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [kind, setKind] = useState<"group" | "virtual">("group");
  const [models, setModels] = useState<string[]>([]);
  const taken = routing?.routes.some((r) => r.name === name.trim() || r.aliases.includes(name.trim()));
  const save = useMutation({
    mutationFn: () =>
      saveRoute(
        name.trim(),
        kind === "group"
          ? { members: models.map((model) => ({ model, weight: 1, priority: 0 })) }
          : { fallbacks: models },
        routing?.etag,
      ),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: q.keys.routing });
      notifyDone(t("routing.new.done", { name: name.trim() }));
      onClose();
    },
    onError: () => client.invalidateQueries({ queryKey: q.keys.routing }),
  });
  return (
    <Modal opened onClose={onClose} title={t("routing.new.title")}>
      <form
        className={classes.form}
        onSubmit={(e) => {
          e.preventDefault();
          save.mutate();
        }}
      >
        <TextInput
          label={t("routing.new.name")}
          description={t("routing.new.nameHelp")}
          value={name}
          onChange={(e) => setName(e.currentTarget.value)}
          error={taken && t("routing.new.taken", { name: name.trim() })}
          required
          data-autofocus
          autoComplete="off"
        />
        <div>
          <SegmentedControl
            value={kind}
            onChange={(v) => setKind(v as typeof kind)}
            data={(["group", "virtual"] as const).map((k) => ({
              value: k,
              label: t(`routing.new.kind.${k}`),
            }))}
            aria-label={t("routing.new.how")}
            fullWidth
          />
          <p className={classes.note}>{t(`routing.new.help.${kind}`)}</p>
        </div>
        <MultiSelect
          label={t("routing.new.models")}
          data={routing?.routes.filter((r) => r.kind !== "wildcard").map((r) => r.name) ?? []}
          value={models}
          onChange={setModels}
          searchable
          maxDropdownHeight={200}
          withAsterisk
        />
        {save.error && <Problem error={save.error} />}
        <div className={classes.buttons}>
          <Button variant="default" onClick={onClose}>
            {t("ui.cancel")}
          </Button>
          <Button
            type="submit"
            loading={save.isPending}
            disabled={name.trim() === "" || taken || models.length === 0}
          >
            {t("routing.new.save")}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

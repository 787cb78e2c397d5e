import { Autocomplete, Button, Drawer, Select, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { testModel, updateModel } from "@/api/actions";
import * as q from "@/api/queries";
import type { Dialect, ModelInput, ModelView, ProviderView } from "@/api/types";
import { ENDPOINT_DIALECTS } from "@/ui/dialects";
import { notifyDone } from "@/ui/notify";
import { Problem } from "@/ui/Problem";
import { Steps } from "@/ui/Steps";
import { type Fields, fieldsOf, syntaxError, withField } from "./entry";
import classes from "./ModelEditor.module.css";
import { RouteLine } from "./RouteLine";

interface Props {
  model: ModelView;
  others: string[];
  providers: ProviderView[];
  onClose: () => void;
  onSaved: (m: ModelView) => void;
}

/** The form at the left and the text at the right are the same entry: each follows the other. */
export function ModelEditor({ model, others, providers, onClose, onSaved }: Props) {
  const { t, i18n } = useTranslation();
  const [yaml, setYaml] = useState(model.yaml);
  const [fallbacks, setFallbacks] = useState(model.fallbacks);
  const [lastGood, setLastGood] = useState<Fields | null>(() => fieldsOf(model.yaml));
  const fields = fieldsOf(yaml) ?? lastGood;
  const broken = useDeferredValue(syntaxError(yaml));
  const provider = fields?.provider || model.provider;
  const list = useQuery({
    ...q.providerModels(provider),
    enabled: providers.some((p) => p.name === provider),
  });

  const test = useMutation({ mutationFn: () => testModel(model.name) });
  const save = useMutation({
    mutationFn: () => {
      const name = fieldsOf(yaml)?.name || model.name;
      const input: ModelInput = { name };
      if (yaml !== model.yaml) input.yaml = yaml;
      if (fallbacks.join() !== model.fallbacks.join()) input.fallbacks = fallbacks;
      return updateModel(model.name, input);
    },
    onSuccess: (saved) => {
      notifyDone(t("models.saved", { name: saved.name }));
      onSaved(saved);
    },
  });

  const type = (text: string) => {
    setYaml(text);
    setLastGood(fieldsOf(text) ?? lastGood);
    save.reset();
  };
  const set = (field: keyof Fields) => (value: string | null) => type(withField(yaml, field, value ?? ""));
  const changed = yaml !== model.yaml || fallbacks.join() !== model.fallbacks.join();
  const fixed = !model.editable;
  const types = new Set([
    "auto",
    ...ENDPOINT_DIALECTS,
    "passthrough",
    ...(fields?.type ? [fields.type] : []),
  ]);

  return (
    <Drawer opened onClose={onClose} position="right" size="min(920px, 100%)" title={model.name}>
      <form
        className={classes.editor}
        onSubmit={(e) => {
          e.preventDefault();
          save.mutate();
        }}
      >
        {fixed && <p className={classes.note}>{t("models.fixed")}</p>}
        <div className={classes.columns}>
          <fieldset className={classes.form} disabled={fixed || broken !== null}>
            <TextInput
              label={t("models.field.name")}
              description={t("models.help.name")}
              value={fields?.name ?? ""}
              onChange={(e) => set("name")(e.currentTarget.value)}
              required
              data-autofocus
            />
            <Select
              label={t("models.field.provider")}
              value={fields?.provider || null}
              onChange={set("provider")}
              data={providers.map((p) => ({ value: p.name, label: p.label }))}
              placeholder={t("models.help.provider")}
              clearable
              searchable
            />
            <Autocomplete
              label={t("models.field.target")}
              description={t("models.help.target")}
              value={fields?.target ?? ""}
              onChange={set("target")}
              data={list.data?.map((m) => m.id) ?? []}
              limit={60}
              maxDropdownHeight={240}
              placeholder={fields?.name}
            />
            {(fields?.apiBase || !fields?.provider) && (
              <TextInput
                label={t("models.field.apiBase")}
                value={fields?.apiBase ?? ""}
                onChange={(e) => set("apiBase")(e.currentTarget.value)}
                placeholder="https://api.example.com/v1"
              />
            )}
            {(fields?.apiBase || fields?.type || !fields?.provider) && (
              <Select
                label={t("models.field.type")}
                value={fields?.type || null}
                onChange={set("type")}
                data={[...types].map((d) => ({
                  value: d,
                  label: i18n.exists(`dialect.${d}`) ? t(`dialect.${d as Dialect}`) : d,
                }))}
                placeholder={t(fields?.provider ? "dialect.auto" : "dialect.openai")}
                clearable
              />
            )}
            <Select
              label={t("models.field.extends")}
              description={t("models.help.extends")}
              value={fields?.extends || null}
              onChange={set("extends")}
              data={others}
              clearable
              searchable
            />
            <TagsInput
              label={t("models.field.fallbacks")}
              description={t("models.help.fallbacks")}
              value={fallbacks}
              onChange={setFallbacks}
              data={others}
            />
            <RouteLine name={model.name} />
            <TextInput
              label={t("models.field.timeout")}
              description={t("models.help.timeout")}
              value={fields?.timeout ?? ""}
              onChange={(e) => set("timeout")(e.currentTarget.value)}
              placeholder={String(model.request_timeout_s)}
              inputMode="decimal"
            />
          </fieldset>
          <Textarea
            className={classes.yaml}
            classNames={{ wrapper: classes.grow, input: classes.text }}
            label={t("models.field.yaml")}
            value={yaml}
            onChange={(e) => type(e.currentTarget.value)}
            error={broken && (broken === "mapping" ? t("models.notMapping") : broken)}
            readOnly={fixed}
            spellCheck={false}
            autoComplete="off"
          />
        </div>
        {!test.isIdle &&
          (test.error ? (
            <Problem error={test.error} />
          ) : (
            <Steps result={test.data} running={test.isPending} />
          ))}
        {save.error && <Problem error={save.error} />}
        <div className={classes.buttons}>
          <Button
            variant="default"
            loading={test.isPending}
            disabled={changed}
            title={changed ? t("models.testAfterSave") : undefined}
            onClick={() => test.mutate()}
          >
            {t("models.test")}
          </Button>
          <span className={classes.space} />
          <Button variant="default" onClick={onClose}>
            {t(fixed ? "ui.close" : "ui.cancel")}
          </Button>
          {!fixed && (
            <Button type="submit" loading={save.isPending} disabled={!changed || broken !== null}>
              {t("ui.save")}
            </Button>
          )}
        </div>
      </form>
    </Drawer>
  );
}

import { Skeleton, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { deleteKey, openPlace, saveSettings } from "@/api/actions";
import * as q from "@/api/queries";
import { PageBar } from "@/frame/PageBar";
import { Empty } from "@/ui/Empty";
import { notifyError } from "@/ui/notify";
import { Problem } from "@/ui/Problem";
import { Doctor } from "./Doctor";
import { GROUPS, groupOf } from "./groups";
import { KeyList } from "./KeyList";
import { PlaceList } from "./PlaceList";
import { SettingRow } from "./SettingRow";
import classes from "./SettingsPage.module.css";
import { useHashScroll } from "./useHashScroll";
import { useSettingText } from "./useSettingText";

const EXTRAS = ["files", "keys", "health"] as const;

/** Everything that can be set, made from the core's own list, and the state of what the program needs. */
export default function SettingsPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [search, setSearch] = useState("");
  const textOf = useSettingText();
  const settings = useQuery(q.settings());
  const places = useQuery(q.places());
  const storage = useQuery(q.storage());
  const doctor = useQuery(q.doctor());
  const keys = useQuery(q.vault());

  const save = useMutation({
    mutationFn: ({ key, value }: { key: string; value: unknown }) =>
      saveSettings({ [key]: value }, settings.data?.etag),
    onSuccess: (next) => client.setQueryData(q.keys.settings, next),
    onError: () => client.invalidateQueries({ queryKey: q.keys.settings }),
  });
  const open = useMutation({ mutationFn: openPlace, onError: notifyError });
  const removeKey = useMutation({
    mutationFn: deleteKey,
    onSuccess: () => client.invalidateQueries({ queryKey: q.keys.vault }),
    onError: notifyError,
  });

  const ready = settings.data !== undefined;
  useHashScroll(ready, [places, storage, doctor, keys].filter((query) => query.isFetched).length);

  const wanted = search.trim().toLowerCase();
  const shown = settings.data?.settings.filter((s) => {
    const { label, help } = textOf(s.key);
    return `${label} ${help} ${t(`settings.group.${groupOf(s)}`)} ${s.key}`.toLowerCase().includes(wanted);
  });
  const groups = GROUPS.filter((g) => shown?.some((s) => groupOf(s) === g));
  const extras = EXTRAS.filter((e) => t(`settings.${e}.title`).toLowerCase().includes(wanted));

  return (
    <div className={classes.page}>
      <PageBar>
        <TextInput
          value={search}
          onChange={(e) => setSearch(e.currentTarget.value)}
          placeholder={t("settings.search")}
          aria-label={t("settings.search")}
          leftSection={<IconSearch size={14} stroke={1.6} />}
          w={220}
        />
      </PageBar>
      <nav className={classes.index} aria-label={t("settings.index")}>
        {groups.map((g) => (
          <a key={g} href={`#${g}`}>
            {t(`settings.group.${g}`)}
          </a>
        ))}
        {extras.map((e) => (
          <a key={e} href={`#${e}`}>
            {t(`settings.${e}.title`)}
          </a>
        ))}
      </nav>
      <div className={classes.body}>
        {settings.error && !settings.data && (
          <Problem error={settings.error} retry={() => settings.refetch()} />
        )}
        {settings.isPending && <Skeleton height={320} />}
        {groups.map((g) => (
          <section key={g} id={g} aria-label={t(`settings.group.${g}`)}>
            <h2 className={classes.title}>{t(`settings.group.${g}`)}</h2>
            {shown
              ?.filter((s) => groupOf(s) === g)
              .map((s) => (
                <SettingRow
                  key={s.key}
                  setting={s}
                  text={textOf(s.key)}
                  busy={save.isPending && save.variables.key === s.key}
                  error={save.error && save.variables?.key === s.key ? save.error : null}
                  onSave={(value) => save.mutate({ key: s.key, value })}
                />
              ))}
          </section>
        ))}
        {extras.includes("files") && (
          <PlaceList places={places.data} size={storage.data} onOpen={(name) => open.mutate(name)} />
        )}
        {extras.includes("keys") && (
          <KeyList keys={keys.data} error={keys.error} onRemove={(name) => removeKey.mutate(name)} />
        )}
        {extras.includes("health") && (
          <Doctor
            checks={doctor.data}
            error={doctor.error}
            busy={doctor.isFetching}
            onAgain={() => doctor.refetch()}
          />
        )}
        {ready && groups.length + extras.length === 0 && <Empty title={t("settings.none")} />}
      </div>
    </div>
  );
}

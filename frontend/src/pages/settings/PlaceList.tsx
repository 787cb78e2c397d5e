import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Place, StoreSize } from "@/api/types";
import { bytes, compact, exact } from "@/format/units";
import { CopyButton } from "@/ui/Copy";
import classes from "./SettingsPage.module.css";

interface Props {
  places?: Place[];
  size?: StoreSize;
  onOpen: (name: Place["name"]) => void;
}

/** Where things are on disk and how much they take. */
export function PlaceList({ places, size, onOpen }: Props) {
  const { t } = useTranslation();
  return (
    <section id="files" aria-label={t("settings.files.title")}>
      <h2 className={classes.title}>{t("settings.files.title")}</h2>
      {places?.map((p) => (
        <div key={p.name} className={classes.row}>
          <div className={classes.words}>
            <span className={classes.label}>{t(`settings.place.${p.name}`)}</span>
            <p className={classes.origin}>
              <code>{p.path}</code>
            </p>
          </div>
          <div className={classes.control}>
            <Button variant="default" onClick={() => onOpen(p.name)}>
              {t(`settings.open.${p.name}`)}
            </Button>
            <CopyButton text={p.path} label={t("settings.copyPath")} />
          </div>
        </div>
      ))}
      {size && (
        <div className={classes.row}>
          <div className={classes.words}>
            <span className={classes.label}>{t("settings.size.title")}</span>
            <p title={exact(size.records)}>
              {t("settings.size.text", {
                records: compact(size.records),
                bytes: bytes(size.bytes),
                bodies: compact(size.bodies),
                bodyBytes: bytes(size.body_bytes),
              })}
            </p>
          </div>
        </div>
      )}
    </section>
  );
}

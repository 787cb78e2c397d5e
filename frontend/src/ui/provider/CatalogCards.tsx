import { Skeleton, TextInput, UnstyledButton } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { CatalogEntry } from "@/api/types";
import classes from "./CatalogCards.module.css";

const KINDS = ["cloud", "local", "custom"] as const;

/** The providers to pick from. Cards are only here: what is in use is a quiet list. */
export function CatalogCards({
  entries,
  onPick,
}: {
  entries?: CatalogEntry[];
  onPick: (entry: CatalogEntry) => void;
}) {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const wanted = search.trim().toLowerCase();
  const found = entries?.filter(
    (e) => `${e.label} ${e.id}`.toLowerCase().includes(wanted) || e.kind === "custom",
  );
  return (
    <div>
      <TextInput
        value={search}
        onChange={(e) => setSearch(e.currentTarget.value)}
        onKeyDown={(e) => {
          const only = found?.filter((f) => f.kind !== "custom" || wanted === "");
          if (e.key === "Enter" && wanted && only?.[0]) {
            e.preventDefault();
            onPick(only[0]);
          }
        }}
        placeholder={t("provider.search")}
        aria-label={t("provider.search")}
        leftSection={<IconSearch size={14} stroke={1.6} />}
        data-autofocus
      />
      {KINDS.map((kind) => {
        const some = found?.filter((e) => e.kind === kind);
        if (some?.length === 0) return null;
        return (
          <section key={kind} aria-label={t(`provider.kind.${kind}`)}>
            <h3 className={classes.kind}>{t(`provider.kind.${kind}`)}</h3>
            <div className={classes.cards}>
              {some
                ? some.map((e) => (
                    <UnstyledButton key={e.id} className={classes.card} onClick={() => onPick(e)}>
                      <span className={classes.name}>{e.label}</span>
                      <span className={classes.host}>{hostOf(e) || t("provider.anyUrl")}</span>
                    </UnstyledButton>
                  ))
                : Array.from({ length: kind === "cloud" ? 12 : 3 }, (_, i) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
                    <Skeleton key={i} height={54} />
                  ))}
            </div>
          </section>
        );
      })}
    </div>
  );
}

function hostOf(entry: CatalogEntry): string {
  const base = entry.endpoints[0]?.base ?? "";
  return base.replace(/^https?:\/\//, "").split("/")[0] ?? "";
}

import { Button, Checkbox, Skeleton, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ProviderModel } from "@/api/types";
import classes from "./ModelPicker.module.css";
import { Problem } from "./Problem";

interface Props {
  models?: ProviderModel[];
  error: unknown;
  onRetry: () => void;
  chosen: string[];
  onChange: (ids: string[]) => void;
}

/** Choose many from a provider's own list; a name that is not listed can be typed. */
export function ModelPicker({ models, error, onRetry, chosen, onChange }: Props) {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const box = useRef<HTMLDivElement>(null);
  const wanted = search.trim().toLowerCase();
  const extra = chosen.filter((id) => !models?.some((m) => m.id === id)).map((id) => ({ id, added: false }));
  const all = [...extra, ...(models ?? [])];
  const found = all.filter((m) => m.id.toLowerCase().includes(wanted));
  const free = found.filter((m) => !m.added);
  const rows = useVirtualizer({
    count: found.length,
    getScrollElement: () => box.current,
    estimateSize: () => 28,
    overscan: 10,
  });
  const toggle = (id: string) =>
    onChange(chosen.includes(id) ? chosen.filter((c) => c !== id) : [...chosen, id]);
  const typed = search.trim();
  const unlisted = typed !== "" && !all.some((m) => m.id === typed);

  return (
    <div>
      <div className={classes.bar}>
        <TextInput
          className={classes.search}
          data-autofocus
          value={search}
          onChange={(e) => setSearch(e.currentTarget.value)}
          onKeyDown={(e) => {
            if (e.key !== "Enter" || typed === "") return;
            e.preventDefault();
            const exact = all.find((m) => m.id === typed) ?? (free.length === 1 ? free[0] : undefined);
            if (exact?.added) return;
            toggle(exact?.id ?? typed);
            setSearch("");
          }}
          placeholder={t("picker.search")}
          aria-label={t("picker.search")}
          leftSection={<IconSearch size={14} stroke={1.6} />}
        />
        <Button
          variant="default"
          disabled={free.length === 0}
          onClick={() => onChange([...new Set([...chosen, ...free.map((m) => m.id)])])}
        >
          {t(wanted ? "picker.allFound" : "picker.all", { count: free.length })}
        </Button>
        <Button variant="subtle" color="gray" disabled={chosen.length === 0} onClick={() => onChange([])}>
          {t("picker.clear")}
        </Button>
      </div>
      {error ? <Problem error={error} retry={onRetry} /> : null}
      <div ref={box} className={classes.list}>
        {!models && !error && (
          <div className={classes.wait}>
            {Array.from({ length: 8 }, (_, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
              <Skeleton key={i} height={10} width={`${30 + ((i * 23) % 35)}%`} />
            ))}
          </div>
        )}
        {unlisted && (error || models) ? (
          <button type="button" className={classes.typed} onClick={() => onChange([...chosen, typed])}>
            {t("picker.typed", { id: typed })}
          </button>
        ) : null}
        {models?.length === 0 && all.length === 0 && !unlisted && (
          <p className={classes.none}>{t("picker.none")}</p>
        )}
        <div style={{ height: rows.getTotalSize(), position: "relative" }}>
          {rows.getVirtualItems().map((item) => {
            const m = found[item.index];
            if (!m) return null;
            return (
              <div key={m.id} className={classes.row} style={{ transform: `translateY(${item.start}px)` }}>
                <Checkbox
                  checked={m.added || chosen.includes(m.id)}
                  disabled={m.added}
                  onChange={() => toggle(m.id)}
                  label={m.id}
                  classNames={{ root: classes.check, body: classes.body, labelWrapper: classes.label }}
                />
                {m.added && <span className={classes.added}>{t("picker.added")}</span>}
              </div>
            );
          })}
        </div>
      </div>
      <p className={classes.count} role="status">
        {t("picker.chosen", { count: chosen.length })}
      </p>
    </div>
  );
}

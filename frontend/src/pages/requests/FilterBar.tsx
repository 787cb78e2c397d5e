import { Button, Menu, TextInput, UnstyledButton } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconFilter, IconSearch, IconX } from "@tabler/icons-react";
import type { TFunction } from "i18next";
import { type Ref, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { RequestQuery } from "@/api/types";
import { stamp } from "@/format/time";
import { CLIENT_DIALECTS } from "@/ui/dialects";
import classes from "./FilterBar.module.css";
import { type FilterName, PICKED, type Picked } from "./filters";

interface Props {
  filter: RequestQuery;
  onChange: (name: FilterName, value: string | null) => void;
  /** Values a field has taken; asked for when its menu opens. */
  options: (name: Picked) => string[];
  onMenu: (name: Picked | null) => void;
  searchRef: Ref<HTMLInputElement>;
}

const FLAGS = [
  { name: "stream", value: "true" },
  { name: "tool_calls", value: "true" },
  { name: "min_total_ms", value: "10000" },
] as const;

export function FilterBar({ filter, onChange, options, onMenu, searchRef }: Props) {
  const { t } = useTranslation();
  return (
    <>
      <Search
        value={filter.search ?? ""}
        onChange={(v) => onChange("search", v || null)}
        inputRef={searchRef}
      />
      <Menu position="bottom-start" onClose={() => onMenu(null)}>
        <Menu.Target>
          <Button variant="default" leftSection={<IconFilter size={14} stroke={1.6} />} px={10}>
            {t("requests.filter.add")}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {PICKED.filter((n) => n !== "backend" && n !== "caller").map((name) => (
            <Menu.Sub key={name} openDelay={60} closeDelay={120}>
              <Menu.Sub.Target>
                <Menu.Sub.Item onFocus={() => onMenu(name)} onMouseEnter={() => onMenu(name)}>
                  {t(`requests.filter.${name}`)}
                </Menu.Sub.Item>
              </Menu.Sub.Target>
              <Menu.Sub.Dropdown className={classes.values}>
                {options(name).map((v) => (
                  <Menu.Item key={v} onClick={() => onChange(name, v)}>
                    {label(name, v, t)}
                  </Menu.Item>
                ))}
                {options(name).length === 0 && <Menu.Item disabled>{t("requests.filter.nothing")}</Menu.Item>}
              </Menu.Sub.Dropdown>
            </Menu.Sub>
          ))}
          <Menu.Divider />
          {FLAGS.map((f) => (
            <Menu.Item key={f.name} onClick={() => onChange(f.name, f.value)}>
              {t(`requests.filter.flag.${f.name}`)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </>
  );
}

type Translate = TFunction;

function label(name: string, value: string, t: Translate): string {
  if (name === "outcome") return t(`outcome.${value as "success" | "error" | "cancelled"}`);
  const dialect = CLIENT_DIALECTS.find((d) => name === "dialect" && d === value);
  return dialect ? t(`dialect.${dialect}`) : value;
}

/** What the list is narrowed to, each part removable. */
export function FilterChips({ filter, onChange }: Pick<Props, "filter" | "onChange">) {
  const { t } = useTranslation();
  const chips = chipsOf(filter, t);
  if (chips.length === 0) return null;
  return (
    <div className={classes.chips}>
      {chips.map((chip) => (
        <UnstyledButton
          key={chip.names.join()}
          className={classes.chip}
          onClick={() => {
            for (const name of chip.names) onChange(name, null);
          }}
          aria-label={t("requests.filter.remove", { filter: chip.text })}
        >
          {chip.text}
          <IconX size={12} aria-hidden />
        </UnstyledButton>
      ))}
    </div>
  );
}

function chipsOf(filter: RequestQuery, t: Translate): { names: FilterName[]; text: string }[] {
  const chips: { names: FilterName[]; text: string }[] = [];
  for (const name of [...PICKED, "request_id" as const]) {
    const value = filter[name];
    if (value)
      chips.push({ names: [name], text: `${t(`requests.filter.${name}`)}: ${label(name, value, t)}` });
  }
  for (const { name } of FLAGS) {
    if (filter[name] !== undefined) {
      const no = filter[name] === false;
      chips.push({
        names: [name],
        text: t(no ? "requests.filter.not" : `requests.filter.flag.${name}`, { name }),
      });
    }
  }
  if (filter.since || filter.until) {
    const now = new Date();
    const [since, until] = [filter.since, filter.until].map((v) => (v ? stamp(new Date(v), now) : "…"));
    chips.push({ names: ["since", "until"], text: `${since} – ${until}` });
  }
  return chips;
}

function Search({
  value,
  onChange,
  inputRef,
}: {
  value: string;
  onChange: (value: string) => void;
  inputRef: Ref<HTMLInputElement>;
}) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const send = useDebouncedCallback(onChange, 250);
  return (
    <TextInput
      ref={inputRef}
      className={classes.search}
      value={typed}
      onChange={(e) => {
        setTyped(e.currentTarget.value);
        send(e.currentTarget.value.trim());
      }}
      onKeyDown={(e) => {
        if (e.key === "Escape") e.currentTarget.blur();
      }}
      placeholder={t("requests.filter.search")}
      aria-label={t("requests.filter.search")}
      leftSection={<IconSearch size={14} stroke={1.6} />}
    />
  );
}

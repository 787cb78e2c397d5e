import { ActionIcon, SegmentedControl, Tooltip } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { PRESETS, type Range } from "@/format/range";
import { stamp } from "@/format/time";
import classes from "./RangePicker.module.css";

interface Props {
  range: Range;
  onChange: (value: string | null) => void;
}

/** Preset ranges, or the one that was brushed in a chart with a way back. */
export function RangePicker({ range, onChange }: Props) {
  const { t } = useTranslation();
  const now = new Date();
  return (
    <>
      <SegmentedControl
        value={range.preset ?? ""}
        onChange={onChange}
        data={PRESETS.map((p) => ({ value: p, label: t(`range.${p}`) }))}
        aria-label={t("range.label")}
      />
      {range.preset === null && (
        <span className={classes.custom}>
          {stamp(range.since, now)} – {stamp(range.until, now)}
          <Tooltip label={t("range.reset")}>
            <ActionIcon size={18} onClick={() => onChange(null)} aria-label={t("range.reset")}>
              <IconX size={13} />
            </ActionIcon>
          </Tooltip>
        </span>
      )}
    </>
  );
}

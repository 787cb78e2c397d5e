import { NumberInput } from "@mantine/core";
import { useEffect, useState } from "react";
import classes from "./Routing.module.css";

interface Props {
  value: number;
  label: string;
  max: number;
  disabled: boolean;
  onChange: (value: number) => void;
}

/** A number that is saved when it is left or on Enter; Escape takes back what was typed. */
export function NumberCell({ value, label, max, disabled, onChange }: Props) {
  const [typed, setTyped] = useState<string | number>(value);
  useEffect(() => setTyped(value), [value]);
  const send = () => {
    const n = Math.round(Number(typed));
    if (typed === "" || !Number.isFinite(n) || n === value) setTyped(value);
    else onChange(n);
  };
  return (
    <NumberInput
      value={typed}
      onChange={setTyped}
      onBlur={send}
      onKeyDown={(e) => {
        if (e.key === "Enter") send();
        if (e.key === "Escape") setTyped(value);
      }}
      min={0}
      max={max}
      allowDecimal={false}
      allowNegative={false}
      hideControls
      readOnly={disabled}
      aria-label={label}
      variant="unstyled"
      classNames={{ input: classes.numberInput }}
    />
  );
}

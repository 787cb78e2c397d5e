import { useComputedColorScheme } from "@mantine/core";
import { colourOf } from "@/format/colour";

/** The colour of a name in charts. */
export function Swatch({ name }: { name: string }) {
  const scheme = useComputedColorScheme("light");
  return (
    <span
      aria-hidden
      style={{
        display: "inline-block",
        flex: "none",
        width: 9,
        height: 9,
        borderRadius: 2,
        background: colourOf(name, scheme),
      }}
    />
  );
}

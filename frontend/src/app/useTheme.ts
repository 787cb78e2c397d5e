import { useMantineColorScheme } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import * as q from "@/api/queries";

/** Follows the setting app.theme, which follows the system until it is set. Mantine remembers it for the next start. */
export function useTheme(ready: boolean): void {
  const { setColorScheme } = useMantineColorScheme();
  const settings = useQuery({ ...q.settings(), enabled: ready });
  const theme = settings.data?.settings.find((s) => s.key === "app.theme")?.value;
  useEffect(() => {
    if (theme === "light" || theme === "dark") setColorScheme(theme);
    else if (theme === "system") setColorScheme("auto");
  }, [theme, setColorScheme]);
}

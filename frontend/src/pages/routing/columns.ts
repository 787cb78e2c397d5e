import { useMediaQuery } from "@mantine/hooks";
import { createContext, useContext, useMemo } from "react";

interface Column {
  id:
    | "stage"
    | "target"
    | "health"
    | "keys"
    | "weight"
    | "priority"
    | "inFlight"
    | "first"
    | "success"
    | "saved";
  /** In pixels; the target takes what is left. */
  width?: number;
  number?: boolean;
}

/** The columns of the table of routes, which all routes share, so that their numbers stand below each other. */
const ALL: Column[] = [
  { id: "stage", width: 74 },
  { id: "target" },
  { id: "health", width: 258 },
  { id: "keys", width: 210 },
  { id: "weight", width: 58, number: true },
  { id: "priority", width: 60, number: true },
  { id: "inFlight", width: 62, number: true },
  { id: "first", width: 78, number: true },
  { id: "success", width: 66, number: true },
  { id: "saved", width: 68, number: true },
];

export type ColumnId = Column["id"];

/** What there is room for. */
export function useColumns(): Column[] {
  const wide = useMediaQuery("(min-width: 1380px)", undefined, { getInitialValueInEffect: false });
  const narrow = useMediaQuery("(max-width: 1060px)", undefined, { getInitialValueInEffect: false });
  return useMemo(
    () =>
      ALL.filter((c) => (c.id !== "keys" || wide) && !(narrow && (c.id === "inFlight" || c.id === "saved"))),
    [wide, narrow],
  );
}

export const Columns = createContext<Column[]>(ALL);

/** The cells that a row spans, with that of the actions. */
export const useSpan = () => useContext(Columns).length + 1;

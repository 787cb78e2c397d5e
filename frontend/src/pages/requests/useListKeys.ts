import { useEffect, useRef } from "react";

interface Keys {
  ids: number[];
  at: number | null;
  onMove: (id: number) => void;
  onOpen: (id: number) => void;
  onClose: () => void;
  onSearch: () => void;
}

/** j and k (or the arrows) move, Enter opens, Esc closes, / searches; never while something is typed. */
export function useListKeys(keys: Keys): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      const target = e.target as HTMLElement;
      if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented) return;
      if (target.closest("input, textarea, select, [contenteditable], [role=dialog], [role=menu]")) return;
      const { ids, at, onMove, onOpen, onClose, onSearch } = latest.current;
      const index = at === null ? -1 : ids.indexOf(at);
      const arrows = target === document.body || target.closest("[role=grid]") !== null;
      const move = (step: number) => {
        const next = ids[Math.max(0, Math.min(ids.length - 1, index + step))];
        if (next !== undefined) onMove(next);
      };
      if (e.key === "j" || (arrows && e.key === "ArrowDown")) move(1);
      else if (e.key === "k" || (arrows && e.key === "ArrowUp")) move(-1);
      else if (e.key === "Enter" && arrows && at !== null) onOpen(at);
      else if (e.key === "Escape") onClose();
      else if (e.key === "/") onSearch();
      else return;
      e.preventDefault();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}

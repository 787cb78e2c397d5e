import { type PointerEvent, useRef, useState } from "react";

export interface Dragging {
  list: string;
  from: number;
  /** The place it would get. */
  to: number;
}

/**
 * Moves rows of one list with the pointer. Rows say where they are with data-list and data-index; a row with more rows
 * below it counts as one with the first of them. Pointer events work the same in every browser and in the window.
 */
export function useDrag(onMove: (list: string, from: number, to: number) => void) {
  const [dragging, setDragging] = useState<Dragging | null>(null);
  const rows = useRef<{ index: number; middle: number }[]>([]);

  const start = (list: string, from: number) => (e: PointerEvent<HTMLElement>) => {
    if (e.button !== 0) return;
    const body = e.currentTarget.closest("tbody");
    rows.current = [...(body?.querySelectorAll<HTMLElement>(`[data-list="${list}"]`) ?? [])].map((row) => {
      const box = row.getBoundingClientRect();
      return { index: Number(row.dataset.index), middle: box.top + box.height / 2 };
    });
    e.currentTarget.setPointerCapture(e.pointerId);
    setDragging({ list, from, to: from });
  };
  const move = (e: PointerEvent<HTMLElement>) => {
    if (!dragging) return;
    const above = rows.current.filter((r) => r.index !== dragging.from && r.middle < e.clientY).length;
    if (above !== dragging.to) setDragging({ ...dragging, to: above });
  };
  const end = () => {
    if (dragging && dragging.to !== dragging.from) onMove(dragging.list, dragging.from, dragging.to);
    setDragging(null);
  };
  const cancel = () => setDragging(null);

  /** For the handle of a row. */
  const handle = (list: string, index: number) => ({
    onPointerDown: start(list, index),
    onPointerMove: move,
    onPointerUp: end,
    onPointerCancel: cancel,
  });

  /** Where the line goes that shows the new place. */
  const drop = (list: string, index: number): "above" | "below" | undefined => {
    if (!dragging || dragging.list !== list || dragging.to === dragging.from || dragging.to !== index)
      return undefined;
    return dragging.to < dragging.from ? "above" : "below";
  };
  return { dragging, handle, drop };
}

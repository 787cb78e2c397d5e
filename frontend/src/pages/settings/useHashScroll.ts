import { useEffect, useRef } from "react";

const BY_HAND = ["wheel", "pointerdown", "keydown"] as const;

/**
 * Brings the section of the address into sight, and again when what stands above it has grown, until somebody scrolls.
 * A link from elsewhere in the window does not move the page by itself: it changes the address without a jump.
 */
export function useHashScroll(ready: boolean, grown: number): void {
  const left = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what has grown is what it is for
  useEffect(() => {
    if (ready && !left.current) show();
  }, [ready, grown]);
  useEffect(() => {
    const byHand = () => {
      left.current = true;
    };
    for (const event of BY_HAND) window.addEventListener(event, byHand, { passive: true });
    // The router tells of its changes by these.
    window.addEventListener("pushState", show);
    return () => {
      for (const event of BY_HAND) window.removeEventListener(event, byHand);
      window.removeEventListener("pushState", show);
    };
  }, []);
}

function show(): void {
  if (window.location.hash) document.getElementById(window.location.hash.slice(1))?.scrollIntoView();
}

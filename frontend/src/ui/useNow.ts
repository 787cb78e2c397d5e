import { useEffect, useState } from "react";

/** The current time, renewed every so many milliseconds while the page is visible. */
export function useNow(every: number): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setNow(new Date());
    }, every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}

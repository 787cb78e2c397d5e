import type { Attempt, RequestRecord } from "@/api/types";

export interface Span {
  id: string;
  kind: "queue" | "attempt" | "pause" | "connect" | "wait" | "receive";
  name: string;
  start: number;
  end: number;
}

/** Attempts at a backend; without those that were passed over. */
export const asked = (r: RequestRecord): Attempt[] => r.attempts.filter((a) => !a.skipped);

/**
 * The phases of a request in order. The times of a record are points since arrival: earlier attempts that failed, and
 * the waits before the later ones, lie between the queue and the connection of the one that answered.
 */
export function spans(r: RequestRecord): Span[] {
  const { queue_us, connect_us, first_byte_us, total_us } = r.timing;
  const tried = asked(r);
  const out: Span[] = [];
  const add = (kind: Span["kind"], start: number, end: number, name = "", id: string = kind) => {
    if (end > start) out.push({ id, kind, name, start, end });
  };
  const waitOf = (a: Attempt) => a.wait_us ?? 0;
  // The sum of the queue has the waits for the slots of later attempts in it, which are shown where they were.
  const [first] = tried;
  add("queue", 0, first ? Math.min(queue_us, first.start_us - waitOf(first)) : queue_us);
  tried.forEach((a, i) => {
    add("pause", a.start_us - waitOf(a), a.start_us, a.backend, `pause-${i}`);
    if (i < tried.length - 1) {
      add("attempt", a.start_us, a.start_us + a.duration_us, a.backend, `attempt-${i}`);
    }
  });
  const began = tried.at(-1)?.start_us ?? queue_us;
  const connected = connect_us || began;
  add("connect", Math.min(began, connected), connected);
  if (first_byte_us > 0) {
    add("wait", connected, first_byte_us);
    add("receive", first_byte_us, total_us);
  } else {
    add("wait", connected, total_us);
  }
  return out;
}

import type { RequestRecord } from "@/api/types";

export interface Span {
  id: string;
  kind: "queue" | "attempt" | "connect" | "wait" | "receive";
  name: string;
  start: number;
  end: number;
}

/**
 * The phases of a request in order. The times of a record are points since arrival: earlier attempts that failed lie
 * between the queue and the connection of the one that answered.
 */
export function spans(r: RequestRecord): Span[] {
  const { queue_us, connect_us, first_byte_us, total_us } = r.timing;
  const out: Span[] = [];
  const add = (kind: Span["kind"], start: number, end: number, name = "", id: string = kind) => {
    if (end > start) out.push({ id, kind, name, start, end });
  };
  add("queue", 0, queue_us);
  const failed = r.attempts.slice(0, -1);
  failed.forEach((a, i) => {
    add("attempt", a.start_us, a.start_us + a.duration_us, a.backend, `attempt-${i}`);
  });
  const began = r.attempts.at(-1)?.start_us ?? queue_us;
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

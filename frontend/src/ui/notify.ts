import { notifications } from "@mantine/notifications";
import type { ReactNode } from "react";
import { explain } from "./explain";

/** For errors of an action that has no place of its own to show them. */
export function notifyError(error: unknown): void {
  const { title, detail } = explain(error);
  notifications.show({ color: "red", title, message: detail, autoClose: 8000 });
}

export function notifyDone(message: ReactNode): void {
  notifications.show({ message, color: "teal", autoClose: 3000, withBorder: true });
}

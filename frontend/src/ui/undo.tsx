import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import i18n from "@/i18n";

/** The last word about each thing. */
const latest = new Map<string, string>();

/** Says what was done and offers to take it back. A later word about the same thing takes the place of the earlier. */
export function showUndo(message: string, undo?: () => void, about?: string): void {
  const earlier = about && latest.get(about);
  if (earlier) notifications.hide(earlier);
  const id = notifications.show({
    autoClose: undo ? 10_000 : 4000,
    withBorder: true,
    message: (
      <span style={{ display: "flex", alignItems: "center", gap: 12 }}>
        <span style={{ flex: 1 }}>{message}</span>
        {undo && (
          <Button
            size="compact-xs"
            variant="default"
            onClick={() => {
              notifications.hide(id);
              undo();
            }}
          >
            {i18n.t("ui.undo")}
          </Button>
        )}
      </span>
    ),
  });
  if (about) latest.set(about, id);
}

import { Button, Modal, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

interface Props {
  title: string;
  text: string;
  /** What has to be typed. */
  name: string;
  action: string;
  busy: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks once, with the name of the thing, for what cannot be undone. */
export function ConfirmByName({ title, text, name, action, busy, onConfirm, onClose }: Props) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  return (
    <Modal opened onClose={onClose} title={title}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          if (typed.trim() === name) onConfirm();
        }}
      >
        <p style={{ margin: "0 0 12px", lineHeight: 1.55 }}>{text}</p>
        <TextInput
          label={t("ui.typeName", { name })}
          value={typed}
          onChange={(e) => setTyped(e.currentTarget.value)}
          autoComplete="off"
          data-autofocus
        />
        <div style={{ display: "flex", justifyContent: "flex-end", gap: 8, marginTop: 16 }}>
          <Button variant="default" onClick={onClose}>
            {t("ui.cancel")}
          </Button>
          <Button type="submit" color="red" disabled={typed.trim() !== name} loading={busy}>
            {action}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

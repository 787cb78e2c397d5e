import { Button } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { explain } from "./explain";
import classes from "./Problem.module.css";

interface Props {
  error: unknown;
  retry?: () => void;
}

/** An error where its data would have been. */
export function Problem({ error, retry }: Props) {
  const { t } = useTranslation();
  const { title, detail, lines } = explain(error);
  return (
    <div className={classes.problem} role="alert">
      <IconAlertTriangle size={16} stroke={1.8} aria-hidden />
      <div className={classes.text}>
        <strong>{title}</strong>
        {detail && <p>{detail}</p>}
        {lines.length > 0 && (
          <ul>
            {lines.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        )}
      </div>
      {retry && (
        <Button variant="default" size="compact-xs" onClick={retry}>
          {t("ui.retry")}
        </Button>
      )}
    </div>
  );
}

import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/client";
import { Problem } from "@/ui/Problem";
import { useSpan } from "./columns";
import classes from "./Routing.module.css";
import type { RouteEdit } from "./useRouteEdit";

/** Why a change was refused, below the row that still shows it. */
export function RefusedRow({ edit }: { edit: RouteEdit }) {
  const { t } = useTranslation();
  const span = useSpan();
  const { remove } = edit;
  const used = remove.error instanceof ApiError && remove.error.status === 409;
  return (
    <tr className={classes.refused}>
      <td colSpan={span}>
        <Problem error={remove.error ?? edit.error} />
        <div className={classes.choices}>
          {used && (
            <Button
              size="compact-xs"
              color="red"
              onClick={() => remove.mutate(true)}
              loading={remove.isPending}
            >
              {t("routing.removeEverywhere")}
            </Button>
          )}
          {!remove.error && (
            <Button variant="default" size="compact-xs" onClick={edit.again} loading={edit.busy}>
              {t("ui.retry")}
            </Button>
          )}
          <Button
            variant="subtle"
            color="gray"
            size="compact-xs"
            onClick={() => (remove.error ? remove.reset() : edit.discard())}
          >
            {t("routing.discard")}
          </Button>
        </div>
      </td>
    </tr>
  );
}

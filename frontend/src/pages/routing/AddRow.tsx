import { ActionIcon, Select } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { RouteView } from "@/api/types";
import { useSpan } from "./columns";
import classes from "./Routing.module.css";
import type { List } from "./rows";

interface Props {
  route: RouteView;
  list: List;
  /** It is the first of its stage, and says which that is. */
  labelled: boolean;
  taken: string[];
  routes: Map<string, RouteView>;
  onPick: (name: string) => void;
  onClose: () => void;
}

/** The choice of one more name, in the place where it will stand. */
export function AddRow({ route, list, labelled, taken, routes, onPick, onClose }: Props) {
  const { t } = useTranslation();
  const span = useSpan();
  const names = [...routes.values()]
    .filter((r) => !taken.includes(r.name) && (list !== "members" || r.kind !== "wildcard"))
    .map((r) => r.name);
  const label = t(`routing.pick.${list}`, { name: route.name });
  return (
    <tr>
      <td className={classes.stage}>{labelled && t(`routing.stage.${list}.label`)}</td>
      <td colSpan={span - 1} className={classes.adding}>
        <div>
          <Select
            data={names}
            value={null}
            onChange={(name) => name && onPick(name)}
            onKeyDown={(e) => e.key === "Escape" && onClose()}
            searchable
            autoFocus
            defaultDropdownOpened
            aria-label={label}
            placeholder={label}
            nothingFoundMessage={t("routing.noName")}
            maxDropdownHeight={240}
            limit={100}
            w={320}
          />
          <ActionIcon onClick={onClose} aria-label={t("ui.cancel")}>
            <IconX size={15} stroke={1.6} />
          </ActionIcon>
        </div>
      </td>
    </tr>
  );
}

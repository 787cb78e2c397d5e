import { ActionIcon, Menu, TagsInput } from "@mantine/core";
import { IconDots, IconPlus, IconTag, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { RouteView } from "@/api/types";
import { Swatch } from "@/ui/Swatch";
import { useSpan } from "./columns";
import classes from "./Routing.module.css";
import type { List } from "./rows";
import type { RouteEdit } from "./useRouteEdit";

interface Props {
  route: RouteView;
  edit: RouteEdit;
  onAdd: (list: List) => void;
}

/** The name that clients ask for, its other names, and what can be added to it. */
export function RouteHead({ route, edit, onAdd }: Props) {
  const { t } = useTranslation();
  const span = useSpan();
  const [naming, setNaming] = useState(false);
  const [typed, setTyped] = useState<string[]>(edit.lists.aliases);
  const aliases = edit.lists.aliases;
  const entry = route.kind === "model" || route.kind === "wildcard";
  const finish = () => {
    setNaming(false);
    edit.change({ ...edit.lists, aliases: typed }, t("routing.renamed", { route: route.name }), "head");
  };
  return (
    <tr className={classes.head}>
      <th colSpan={span - 1} scope="rowgroup">
        <div className={classes.headLine}>
          <Swatch name={route.name} />
          {entry ? (
            <Link href={`/models/${encodeURIComponent(route.name)}`} className={classes.routeName}>
              {route.name}
            </Link>
          ) : (
            <span className={classes.routeName}>{route.name}</span>
          )}
          {route.kind !== "model" && (
            <span className={classes.kind} title={t(`routing.kindHelp.${route.kind}`)}>
              {t(`routing.kind.${route.kind}`)}
            </span>
          )}
          {!route.editable && <span className={classes.kind}>{t("models.builtIn")}</span>}
          {naming ? (
            <TagsInput
              className={classes.aliases}
              aria-label={t("routing.aliasesOf", { name: route.name })}
              placeholder={t("routing.aliasPlaceholder")}
              value={typed}
              onChange={setTyped}
              onBlur={finish}
              onKeyDown={(e) => {
                if (e.key === "Escape") {
                  setTyped(aliases);
                  setNaming(false);
                }
              }}
              autoFocus
              size="xs"
            />
          ) : (
            aliases.length > 0 && (
              <span className={classes.tags}>
                <span className={classes.kind}>{t("routing.also")}</span>
                {aliases.map((a) => (
                  <span key={a} className={classes.tag}>
                    {a}
                  </span>
                ))}
              </span>
            )
          )}
        </div>
      </th>
      <td className={classes.actions}>
        {route.editable && (
          <Menu position="bottom-end" returnFocus={false}>
            <Menu.Target>
              <ActionIcon aria-label={t("routing.changeOf", { name: route.name })} disabled={edit.busy}>
                <IconDots size={16} stroke={1.6} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              {!entry && (
                <Menu.Item leftSection={<IconPlus size={14} />} onClick={() => onAdd("members")}>
                  {t("routing.add.members")}
                </Menu.Item>
              )}
              {(["fallbacks", "context_fallbacks", "policy_fallbacks"] as const).map((list) => (
                <Menu.Item key={list} leftSection={<IconPlus size={14} />} onClick={() => onAdd(list)}>
                  {t(`routing.add.${list}`)}
                </Menu.Item>
              ))}
              <Menu.Item
                leftSection={<IconTag size={14} />}
                onClick={() => {
                  setTyped(aliases);
                  setNaming(true);
                }}
              >
                {t("routing.add.aliases")}
              </Menu.Item>
              {!entry && (
                <Menu.Item
                  leftSection={<IconTrash size={14} />}
                  color="red"
                  onClick={() => edit.remove.mutate(false)}
                >
                  {t("routing.removeName")}
                </Menu.Item>
              )}
            </Menu.Dropdown>
          </Menu>
        )}
      </td>
    </tr>
  );
}

import { ActionIcon, Menu, Skeleton, Tooltip } from "@mantine/core";
import { IconCopy, IconDots, IconPencil, IconPlugConnected, IconTrash } from "@tabler/icons-react";
import type { UseMutationResult } from "@tanstack/react-query";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import type { ModelView, TestResult } from "@/api/types";
import { KeyBadge } from "@/ui/KeyBadge";
import { Problem } from "@/ui/Problem";
import { Steps } from "@/ui/Steps";
import { Swatch } from "@/ui/Swatch";
import table from "@/ui/table.module.css";
import classes from "./ModelTable.module.css";

interface Props {
  models?: ModelView[];
  labels: Map<string, string>;
  test: UseMutationResult<TestResult, Error, string>;
  onOpen: (m: ModelView) => void;
  onTest: (m: ModelView) => void;
  onCopy: (m: ModelView) => void;
  onRemove: (m: ModelView) => void;
}

export function ModelTable({ models, labels, test, onOpen, onTest, onCopy, onRemove }: Props) {
  const { t } = useTranslation();
  return (
    <div className={table.scroll}>
      <table className={`${table.table} ${classes.table}`} aria-label={t("nav.models")} aria-busy={!models}>
        <thead>
          <tr>
            <th>{t("models.column.name")}</th>
            <th>{t("models.column.provider")}</th>
            <th>{t("models.column.target")}</th>
            <th>{t("models.column.dialects")}</th>
            <th>{t("models.column.fallbacks")}</th>
            <th>{t("models.column.key")}</th>
            <th>
              <span className={classes.hidden}>{t("models.column.actions")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {!models && <Waiting />}
          {models?.map((m) => (
            <Fragment key={m.name}>
              <tr>
                <td>
                  <button type="button" className={classes.name} title={m.name} onClick={() => onOpen(m)}>
                    <Swatch name={m.name} />
                    <span className={classes.clip}>{m.name}</span>
                  </button>
                  {m.extends && (
                    <span className={classes.hint}>{t("models.extends", { name: m.extends })}</span>
                  )}
                  {m.virtual && <span className={classes.hint}>{t("models.virtual")}</span>}
                  {m.group && <span className={classes.hint}>{t("models.group")}</span>}
                  {!m.group && (m.members?.length ?? 0) > 1 && (
                    <span className={classes.hint}>{t("models.targets", { count: m.members?.length })}</span>
                  )}
                  {m.layer === "default" && <span className={classes.hint}>{t("models.builtIn")}</span>}
                </td>
                <td title={m.provider}>{labels.get(m.provider) ?? m.provider}</td>
                <td className={table.dim} title={m.target}>
                  {m.target === m.name ? "" : m.target}
                </td>
                <td className={table.dim} title={m.endpoints.map((e) => e.dialect).join(", ")}>
                  {m.endpoints.map((e) => e.dialect).join(", ")}
                </td>
                <td className={table.dim} title={m.fallbacks.join(" → ")}>
                  {m.fallbacks.length > 1
                    ? t("models.fallbacks", { first: m.fallbacks[0], more: m.fallbacks.length - 1 })
                    : m.fallbacks[0]}
                </td>
                <td>{!m.virtual && !m.group && <KeyBadge state={m.key} detail={m.key_problem} />}</td>
                <td className={classes.actions}>
                  <Tooltip label={t("models.test")}>
                    <ActionIcon
                      onClick={() => onTest(m)}
                      loading={test.isPending && test.variables === m.name}
                      aria-label={t("models.testOf", { name: m.name })}
                    >
                      <IconPlugConnected size={16} stroke={1.6} />
                    </ActionIcon>
                  </Tooltip>
                  <Menu position="bottom-end">
                    <Menu.Target>
                      <ActionIcon aria-label={t("models.actionsOf", { name: m.name })}>
                        <IconDots size={16} stroke={1.6} />
                      </ActionIcon>
                    </Menu.Target>
                    <Menu.Dropdown>
                      <Menu.Item leftSection={<IconPencil size={14} />} onClick={() => onOpen(m)}>
                        {t(m.group ? "models.inRouting" : m.editable ? "models.edit" : "models.view")}
                      </Menu.Item>
                      <Menu.Item
                        leftSection={<IconCopy size={14} />}
                        disabled={m.group}
                        onClick={() => onCopy(m)}
                      >
                        {t("models.copy")}
                      </Menu.Item>
                      <Menu.Item
                        leftSection={<IconTrash size={14} />}
                        color="red"
                        disabled={!m.editable || m.group}
                        onClick={() => onRemove(m)}
                      >
                        {t("models.remove")}
                      </Menu.Item>
                    </Menu.Dropdown>
                  </Menu>
                </td>
              </tr>
              {test.variables === m.name && !test.isIdle && (
                <tr className={classes.test}>
                  <td colSpan={7}>
                    {test.error ? (
                      <Problem error={test.error} />
                    ) : (
                      <Steps result={test.data} running={test.isPending} />
                    )}
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Waiting() {
  return Array.from({ length: 6 }, (_, i) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
    <tr key={i}>
      <td colSpan={7}>
        <Skeleton height={10} width={`${35 + ((i * 31) % 45)}%`} />
      </td>
    </tr>
  ));
}

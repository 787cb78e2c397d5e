import { ActionIcon, Menu, Skeleton, Tooltip } from "@mantine/core";
import { IconDots, IconKey, IconPlugConnected, IconTrash } from "@tabler/icons-react";
import type { UseMutationResult } from "@tanstack/react-query";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { ProviderView, TestResult } from "@/api/types";
import { KeyBadge } from "@/ui/KeyBadge";
import { Problem } from "@/ui/Problem";
import { Steps } from "@/ui/Steps";
import table from "@/ui/table.module.css";
import classes from "./ProviderList.module.css";

interface Props {
  providers?: ProviderView[];
  test: UseMutationResult<TestResult, Error, string>;
  onOpen: (p: ProviderView) => void;
  onTest: (p: ProviderView) => void;
  onRemove: (p: ProviderView) => void;
}

export function ProviderList({ providers, test, onOpen, onTest, onRemove }: Props) {
  const { t } = useTranslation();
  return (
    <div className={table.scroll}>
      <table className={table.table} aria-label={t("nav.providers")} aria-busy={!providers}>
        <thead>
          <tr>
            <th>{t("provider.column.name")}</th>
            <th>{t("provider.column.address")}</th>
            <th>{t("provider.column.key")}</th>
            <th className={table.num}>{t("provider.column.models")}</th>
            <th>
              <span className={classes.hidden}>{t("models.column.actions")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {!providers &&
            Array.from({ length: 4 }, (_, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
              <tr key={i}>
                <td colSpan={5}>
                  <Skeleton height={10} width={`${40 + i * 8}%`} />
                </td>
              </tr>
            ))}
          {providers?.map((p) => (
            <Fragment key={p.name}>
              <tr>
                <td>
                  <button type="button" className={classes.name} onClick={() => onOpen(p)}>
                    {p.label}
                  </button>
                  {p.name !== p.catalog && p.name !== p.label && (
                    <span className={classes.hint}>{p.name}</span>
                  )}
                </td>
                <td>
                  {p.endpoints.map((e) => (
                    <div key={e.dialect + e.base} className={classes.endpoint}>
                      <span className={classes.dialect}>{e.dialect}</span>
                      <code>{e.base}</code>
                    </div>
                  ))}
                </td>
                <td>
                  <KeyBadge state={p.key} detail={p.key_problem} />
                  {p.keys.length > 1 && (
                    <span className={classes.hint} title={p.keys.map((k) => k.name).join(", ")}>
                      {t("provider.keys.count", { count: p.keys.length })}
                    </span>
                  )}
                  {(p.key === "missing" || p.key === "file") && (
                    <button type="button" className={classes.fix} onClick={() => onOpen(p)}>
                      {t(p.key === "file" ? "provider.moveKey" : "provider.setKey")}
                    </button>
                  )}
                </td>
                <td className={table.num}>
                  <Link href="/models" title={p.models.join(", ")}>
                    {p.models.length}
                  </Link>
                </td>
                <td className={classes.actions}>
                  <Tooltip label={t("provider.test")}>
                    <ActionIcon
                      onClick={() => onTest(p)}
                      loading={test.isPending && test.variables === p.name}
                      aria-label={t("provider.testOf", { name: p.label })}
                    >
                      <IconPlugConnected size={16} stroke={1.6} />
                    </ActionIcon>
                  </Tooltip>
                  <Menu position="bottom-end">
                    <Menu.Target>
                      <ActionIcon aria-label={t("provider.actionsOf", { name: p.label })}>
                        <IconDots size={16} stroke={1.6} />
                      </ActionIcon>
                    </Menu.Target>
                    <Menu.Dropdown>
                      <Menu.Item leftSection={<IconKey size={14} />} onClick={() => onOpen(p)}>
                        {t("provider.edit")}
                      </Menu.Item>
                      <Menu.Item
                        leftSection={<IconTrash size={14} />}
                        color="red"
                        disabled={p.layer === "default" || p.models.length > 0}
                        onClick={() => onRemove(p)}
                      >
                        {t("provider.remove.action")}
                        {p.models.length > 0 && (
                          <span className={classes.hint}>
                            {t("provider.remove.used", { count: p.models.length })}
                          </span>
                        )}
                      </Menu.Item>
                    </Menu.Dropdown>
                  </Menu>
                </td>
              </tr>
              {test.variables === p.name && !test.isIdle && (
                <tr className={classes.test}>
                  <td colSpan={5}>
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

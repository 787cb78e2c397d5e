import { ActionIcon, Menu, Skeleton, Tooltip } from "@mantine/core";
import { IconDots, IconKey, IconPlugConnected, IconTrash } from "@tabler/icons-react";
import type { UseMutationResult } from "@tanstack/react-query";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { ProviderView, Routing, TestResult } from "@/api/types";
import { Health } from "@/ui/Health";
import { KeyBadge } from "@/ui/KeyBadge";
import { Problem } from "@/ui/Problem";
import { type ProviderStanding, standingByProvider } from "@/ui/providerHealth";
import { Steps } from "@/ui/Steps";
import table from "@/ui/table.module.css";
import classes from "./ProviderList.module.css";

interface Props {
  providers?: ProviderView[];
  routing?: Routing;
  test: UseMutationResult<TestResult, Error, string>;
  onOpen: (p: ProviderView) => void;
  onTest: (p: ProviderView) => void;
  onRemove: (p: ProviderView) => void;
}

export function ProviderList({ providers, routing, test, onOpen, onTest, onRemove }: Props) {
  const { t } = useTranslation();
  const standings = standingByProvider(routing);
  return (
    <div className={table.scroll}>
      <table
        className={`${table.table} ${classes.table}`}
        aria-label={t("nav.providers")}
        aria-busy={!providers}
      >
        <thead>
          <tr>
            <th>{t("provider.column.name")}</th>
            <th>{t("provider.column.address")}</th>
            <th>{t("provider.column.key")}</th>
            <th>{t("provider.column.health")}</th>
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
                <td colSpan={6}>
                  <Skeleton height={10} width={`${40 + i * 8}%`} />
                </td>
              </tr>
            ))}
          {providers?.map((p) => (
            <Fragment key={p.name}>
              <tr>
                <td>
                  <button type="button" className={classes.name} title={p.label} onClick={() => onOpen(p)}>
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
                      <code title={e.base}>{e.base}</code>
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
                <td>
                  <ProviderHealth standing={standings.get(p.name)} />
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
                  <td colSpan={6}>
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

/** How its targets are doing; what is the matter is on the Routing page. */
function ProviderHealth({ standing }: { standing?: ProviderStanding }) {
  const { t } = useTranslation();
  if (!standing) return null;
  if (standing.lines.length === 0) return <Health status={standing.status} />;
  return (
    <Link
      href="/routing"
      className={classes.rests}
      data-status={standing.status}
      title={standing.lines.join("\n")}
    >
      <Health status={standing.status} bare />
      {t("overview.targets.resting", { count: standing.lines.length })}
    </Link>
  );
}

import { ActionIcon, Skeleton, Tabs, Tooltip } from "@mantine/core";
import { IconArrowsDiagonal, IconArrowsDiagonalMinimize2, IconTerminal2, IconX } from "@tabler/icons-react";
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import * as q from "@/api/queries";
import type { RequestDetail as Detail } from "@/api/types";
import { CopyButton } from "@/ui/Copy";
import { Problem } from "@/ui/Problem";
import { Attempts } from "./Attempts";
import { ConversationView } from "./Conversation";
import { curlOf, lacking } from "./curl";
import classes from "./RequestDetail.module.css";
import { Summary } from "./Summary";
import { asked } from "./spans";
import { TimingView } from "./Timing";
import { Wire } from "./Wire";

const TABS = ["conversation", "request", "response", "timing", "attempts"] as const;
type Tab = (typeof TABS)[number];

interface Props {
  query: UseQueryResult<Detail>;
  full: boolean;
  canSplit: boolean;
  onFull: () => void;
  onClose: () => void;
}

function CopyCurl({ detail }: { detail: Detail }) {
  const { t } = useTranslation();
  const base = useQuery(q.state()).data?.base_url;
  if (!base) return null;
  const lack = lacking(detail);
  const note = lack ? t(`requests.curl.${lack}`) : undefined;
  return (
    <CopyButton
      text={() => curlOf(detail, base, note)}
      label={[t("requests.curl.copy"), note].filter(Boolean).join(". ")}
      icon={<IconTerminal2 size={16} stroke={1.6} />}
    />
  );
}

/** Everything that is known about one request. */
export function RequestDetail({ query, full, canSplit, onFull, onClose }: Props) {
  const { t } = useTranslation();
  const [tab, setTab] = useState<Tab>("conversation");
  const { data, error } = query;
  const size = t(full ? "requests.detail.split" : "requests.detail.full");
  return (
    <article
      className={classes.detail}
      aria-label={t("requests.detail.label")}
      data-stale={query.isPlaceholderData}
    >
      <div className={classes.tools}>
        {data && <CopyCurl detail={data} />}
        {canSplit && (
          <Tooltip label={size}>
            <ActionIcon onClick={onFull} aria-label={size}>
              {full ? (
                <IconArrowsDiagonalMinimize2 size={15} stroke={1.6} />
              ) : (
                <IconArrowsDiagonal size={15} stroke={1.6} />
              )}
            </ActionIcon>
          </Tooltip>
        )}
        <Tooltip label={t("requests.detail.close")}>
          <ActionIcon onClick={onClose} aria-label={t("requests.detail.close")}>
            <IconX size={16} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
      </div>
      {error ? (
        <div className={classes.problem}>
          <Problem error={error} retry={() => query.refetch()} />
        </div>
      ) : !data ? (
        <div className={classes.problem}>
          <Skeleton height={20} width="60%" />
          <Skeleton height={12} mt={12} />
          <Skeleton height={12} mt={8} width="80%" />
        </div>
      ) : (
        <>
          <Summary record={data.record} />
          <Tabs value={tab} onChange={(v) => setTab(v as Tab)} className={classes.tabs}>
            <Tabs.List className={classes.tabList}>
              {TABS.map((id) => (
                <Tabs.Tab key={id} value={id}>
                  {t(`requests.tab.${id}`)}
                  {id === "attempts" && asked(data.record).length > 1 && (
                    <span className={classes.count}> {asked(data.record).length}</span>
                  )}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            <div className={classes.panel} key={data.record.id}>
              <Tabs.Panel value="conversation">
                <ConversationView detail={data} />
              </Tabs.Panel>
              <Tabs.Panel value="request">
                <Wire detail={data} side="request" />
              </Tabs.Panel>
              <Tabs.Panel value="response">
                <Wire detail={data} side="response" />
              </Tabs.Panel>
              <Tabs.Panel value="timing">
                <TimingView record={data.record} />
              </Tabs.Panel>
              <Tabs.Panel value="attempts">
                <Attempts record={data.record} />
              </Tabs.Panel>
            </div>
          </Tabs>
        </>
      )}
    </article>
  );
}

import { Button, Tabs, TextInput } from "@mantine/core";
import { IconPlus, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "wouter";
import * as q from "@/api/queries";
import { PageBar } from "@/frame/PageBar";
import { Problem } from "@/ui/Problem";
import { LimitList } from "./LimitList";
import { NewName } from "./NewName";
import { QueueList } from "./QueueList";
import { RouteList } from "./RouteList";
import classes from "./Routing.module.css";

const TABS = ["routes", "queue", "limits"] as const;

/** Where requests go, who waits, and what is left of the limits. */
export default function RoutingPage() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const [search, setSearch] = useState(params.get("find") ?? "");
  const [adding, setAdding] = useState(false);
  const tab = TABS.find((v) => v === params.get("show")) ?? "routes";
  const routing = useQuery({ ...q.watchedRouting(), enabled: tab === "routes" });
  const state = useQuery(q.state());
  const waiting = state.data?.waiting ?? 0;

  return (
    <div className={classes.page}>
      <PageBar>
        {tab === "routes" && (
          <>
            <TextInput
              value={search}
              onChange={(e) => setSearch(e.currentTarget.value)}
              placeholder={t("routing.search")}
              aria-label={t("routing.search")}
              leftSection={<IconSearch size={14} stroke={1.6} />}
              w={200}
            />
            <Button leftSection={<IconPlus size={14} />} onClick={() => setAdding(true)}>
              {t("routing.new.action")}
            </Button>
          </>
        )}
      </PageBar>
      <Tabs value={tab} onChange={(v) => setParams(v === "routes" ? {} : { show: v ?? "" })}>
        <Tabs.List className={classes.tabs}>
          {TABS.map((id) => (
            <Tabs.Tab key={id} value={id}>
              {t(`routing.tab.${id}`)}
              {id === "queue" && waiting > 0 && <span className={classes.count}> {waiting}</span>}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="routes" className={classes.panel}>
          {routing.error && !routing.data ? (
            <Problem error={routing.error} retry={() => routing.refetch()} />
          ) : (
            <RouteList routing={routing.data} search={search} onNew={() => setAdding(true)} />
          )}
        </Tabs.Panel>
        <Tabs.Panel value="queue" className={classes.panel}>
          <QueueList />
        </Tabs.Panel>
        <Tabs.Panel value="limits" className={classes.panel}>
          <LimitList />
        </Tabs.Panel>
      </Tabs>
      {adding && <NewName routing={routing.data} onClose={() => setAdding(false)} />}
    </div>
  );
}

import { Button, Splitter, UnstyledButton } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconArrowUp } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useSearch } from "wouter";
import * as q from "@/api/queries";
import { PageBar } from "@/frame/PageBar";
import { CLIENT_DIALECTS } from "@/ui/dialects";
import { Empty } from "@/ui/Empty";
import { Problem } from "@/ui/Problem";
import { RequestDetail } from "./detail/RequestDetail";
import { FilterBar, FilterChips } from "./FilterBar";
import { type FilterName, type Picked, readFilter } from "./filters";
import classes from "./RequestsPage.module.css";
import { RequestTable, type TableHandle } from "./RequestTable";
import { useListKeys } from "./useListKeys";
import { useRequestList } from "./useRequestList";

const OUTCOMES = ["success", "error", "cancelled"];

export default function RequestsPage() {
  const { t } = useTranslation();
  const [location, navigate] = useLocation();
  const search = useSearch();
  const wide = useMediaQuery("(min-width: 860px)", true, { getInitialValueInEffect: false });
  const filter = useMemo(() => readFilter(new URLSearchParams(search)), [search]);
  const open = Number(/^\/requests\/(\d+)/.exec(location)?.[1] ?? 0) || null;
  const full = new URLSearchParams(search).has("full") || !wide;

  const table = useRef<TableHandle>(null);
  const searchBox = useRef<HTMLInputElement>(null);
  const [cursor, setCursor] = useState<number | null>(null);
  const list = useRequestList(filter, () => open === null && (table.current?.atTop() ?? true));
  // Who closes the detail at the top of the list is no longer reading: nothing need wait.
  // biome-ignore lint/correctness/useExhaustiveDependencies: at the moment of closing, and not with each that comes
  useEffect(() => {
    if (open === null && table.current?.atTop()) list.showWaiting();
  }, [open]);
  const detail = useQuery({ ...q.requestDetail(open ?? 0), enabled: open !== null });
  const [menu, setMenu] = useState<Picked | null>(null);
  const picked = menu === "outcome" || menu === "dialect" ? null : menu;
  const values = useQuery({ ...q.values(picked ?? "model"), enabled: picked !== null });

  const go = useCallback(
    (id: number | null, change?: (p: URLSearchParams) => void) => {
      const params = new URLSearchParams(search);
      if (id === null) params.delete("full");
      change?.(params);
      const text = params.toString();
      navigate((id === null ? "/requests" : `/requests/${id}`) + (text ? `?${text}` : ""), {
        replace: id !== null && open !== null,
      });
    },
    [navigate, search, open],
  );
  const setFilter = (name: FilterName, value: string | null) =>
    go(open, (p) => (value === null ? p.delete(name) : p.set(name, value)));

  useListKeys({
    ids: list.records.map((r) => r.id),
    at: open ?? cursor,
    onMove: (id) => {
      setCursor(id);
      if (open !== null) go(id);
    },
    onOpen: go,
    onClose: () => (open !== null ? go(null) : setCursor(null)),
    onSearch: () => searchBox.current?.focus(),
  });

  const filtered = Object.keys(filter).length > 0;
  const { fetchNextPage } = list;
  const onMore = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const options = (name: Picked) =>
    name === "outcome"
      ? OUTCOMES
      : name === "dialect"
        ? CLIENT_DIALECTS
        : name === menu
          ? (values.data ?? [])
          : [];

  const listPane = (
    <div className={classes.list}>
      {list.waiting > 0 && (
        <UnstyledButton
          className={classes.pill}
          onClick={() => {
            list.showWaiting();
            table.current?.toTop();
          }}
        >
          <IconArrowUp size={13} aria-hidden /> {t("requests.new", { count: list.waiting })}
        </UnstyledButton>
      )}
      {list.error && list.records.length === 0 ? (
        <div className={classes.problem}>
          <Problem error={list.error} retry={() => list.refetch()} />
        </div>
      ) : !list.isPending && list.records.length === 0 ? (
        <Empty
          title={t(filtered ? "requests.none.title" : "requests.empty.title")}
          text={t(filtered ? "requests.none.text" : "requests.empty.text")}
        >
          <Button variant="default" onClick={() => navigate(filtered ? "/requests" : "/")}>
            {t(filtered ? "requests.none.clear" : "requests.empty.connect")}
          </Button>
        </Empty>
      ) : (
        <RequestTable
          handle={table}
          records={list.records}
          loading={list.isPending}
          more={list.hasNextPage && !list.isFetchingNextPage}
          onMore={onMore}
          cursor={cursor}
          open={open}
          onOpen={(id) => {
            setCursor(id);
            go(id);
          }}
        />
      )}
    </div>
  );
  const detailPane = open !== null && (
    <RequestDetail
      query={detail}
      full={full}
      canSplit={wide ?? true}
      onFull={() => go(open, (p) => (full ? p.delete("full") : p.set("full", "1")))}
      onClose={() => go(null)}
    />
  );

  return (
    <div className={classes.page}>
      <PageBar>
        <FilterBar
          filter={filter}
          onChange={setFilter}
          options={options}
          onMenu={setMenu}
          searchRef={searchBox}
        />
      </PageBar>
      <FilterChips filter={filter} onChange={setFilter} />
      <div className={classes.body}>
        {open !== null && full ? (
          detailPane
        ) : open === null ? (
          listPane
        ) : (
          <Splitter className={classes.split} lineSize={1} withHandle={false} handleColor="var(--line)">
            <Splitter.Pane defaultSize={44} min={30}>
              {listPane}
            </Splitter.Pane>
            <Splitter.Pane defaultSize={56} min={34}>
              {detailPane}
            </Splitter.Pane>
          </Splitter>
        )}
      </div>
    </div>
  );
}

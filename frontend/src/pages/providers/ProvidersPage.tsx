import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useSearchParams } from "wouter";
import { deleteProvider, testProvider } from "@/api/actions";
import * as q from "@/api/queries";
import type { ProviderView } from "@/api/types";
import { PageBar } from "@/frame/PageBar";
import { ConfirmByName } from "@/ui/ConfirmByName";
import { Empty } from "@/ui/Empty";
import { notifyError } from "@/ui/notify";
import { Page } from "@/ui/Page";
import { Problem } from "@/ui/Problem";
import { AddProvider } from "./AddProvider";
import { EditProvider } from "./EditProvider";
import { ProviderList } from "./ProviderList";

export default function ProvidersPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [location, navigate] = useLocation();
  const [params] = useSearchParams();
  const [removing, setRemoving] = useState<ProviderView | null>(null);
  const providers = useQuery(q.providers());
  const catalog = useQuery(q.catalog());
  const keys = useQuery(q.vault());
  const routing = useQuery(q.watchedRouting());
  const test = useMutation({ mutationFn: testProvider });

  const refresh = () =>
    Promise.all(
      [q.keys.providers, q.keys.vault, q.keys.models].map((queryKey) =>
        client.invalidateQueries({ queryKey }),
      ),
    );
  const remove = useMutation({
    mutationFn: (p: ProviderView) => deleteProvider(p.name),
    onSuccess: () => {
      setRemoving(null);
      return refresh();
    },
    onError: notifyError,
  });

  const opened = decodeURIComponent(/^\/providers\/([^/]+)/.exec(location)?.[1] ?? "");
  const editing = providers.data?.find((p) => p.name === opened);
  const close = () => navigate("/providers");
  const open = (p: ProviderView) => navigate(`/providers/${encodeURIComponent(p.name)}`);

  return (
    <Page>
      <PageBar>
        <Button leftSection={<IconPlus size={14} />} onClick={() => navigate("/providers?add=1")}>
          {t("provider.add")}
        </Button>
      </PageBar>
      {providers.error && !providers.data ? (
        <Problem error={providers.error} retry={() => providers.refetch()} />
      ) : providers.data?.length === 0 ? (
        <Empty title={t("provider.empty.title")} text={t("provider.empty.text")}>
          <Button onClick={() => navigate("/providers?add=1")}>{t("provider.add")}</Button>
        </Empty>
      ) : (
        <ProviderList
          providers={providers.data}
          routing={routing.data}
          test={test}
          onOpen={open}
          onTest={(p) => test.mutate(p.name)}
          onRemove={setRemoving}
        />
      )}
      {editing && (
        <EditProvider
          key={editing.name}
          provider={editing}
          entry={catalog.data?.find((c) => c.id === editing.catalog) ?? null}
          keys={keys.data}
          onClose={close}
          onSaved={refresh}
        />
      )}
      {params.has("add") && (
        <AddProvider
          catalog={catalog.data}
          keys={keys.data}
          taken={providers.data?.map((p) => p.name) ?? []}
          onClose={close}
          onSaved={refresh}
        />
      )}
      {removing && (
        <ConfirmByName
          title={t("provider.remove.title", { name: removing.label })}
          text={t("provider.remove.text")}
          name={removing.name}
          action={t("provider.remove.action")}
          busy={remove.isPending}
          onConfirm={() => remove.mutate(removing)}
          onClose={() => setRemoving(null)}
        />
      )}
    </Page>
  );
}

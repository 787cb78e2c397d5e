import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import * as q from "@/api/queries";
import { Dashboard } from "./Dashboard";

const Guide = lazy(() => import("./guide/Guide"));

/** Before the first model there is nothing to look at: the page is the guide until it is done. */
export default function OverviewPage() {
  const state = useQuery(q.state());
  const [guiding, setGuiding] = useState(false);
  if (!state.data) return null;
  if (state.data.first_run && !guiding) setGuiding(true);
  return guiding || state.data.first_run ? (
    <Suspense fallback={null}>
      <Guide state={state.data} onDone={() => setGuiding(false)} />
    </Suspense>
  ) : (
    <Dashboard state={state.data} />
  );
}

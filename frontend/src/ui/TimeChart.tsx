import { Skeleton } from "@mantine/core";
import { lazy, Suspense } from "react";
import type { ChartProps } from "./Chart";
import { ChartKey } from "./ChartKey";

/** The drawing library comes in its own chunk, after the page it is on. */
const Chart = lazy(() => import("./Chart"));

/** A chart with its key below, and its place kept while there is nothing to draw yet. */
export function TimeChart(props: Omit<ChartProps, "start" | "stepS"> & { start?: Date; stepS?: number }) {
  const { start, stepS, ...rest } = props;
  const waiting = <Skeleton height={props.height} />;
  return (
    <>
      {start && stepS ? (
        <Suspense fallback={waiting}>
          <Chart start={start} stepS={stepS} {...rest} />
        </Suspense>
      ) : (
        waiting
      )}
      <ChartKey lines={props.lines} />
    </>
  );
}

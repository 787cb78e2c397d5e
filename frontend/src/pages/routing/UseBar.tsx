import { exact } from "@/format/units";
import classes from "./Lists.module.css";
import { fill } from "./limits";

interface Props {
  used: number;
  bound: number;
  text: string;
  label: string;
  /** That all is taken is how it is meant to be. */
  calm?: boolean;
}

/** How much of something is taken: a bar and the numbers. */
export function UseBar({ used, bound, text, label, calm }: Props) {
  const { share, level: found } = fill(used, bound);
  const level = calm ? (found === "full" ? "taken" : "ok") : found;
  return (
    <span className={classes.use} title={`${label}: ${exact(used)} / ${exact(bound)}`}>
      <span className={classes.useTrack} aria-hidden>
        <span className={classes.useBar} data-level={level} style={{ width: `${share * 100}%` }} />
      </span>
      <span className={classes.useText} data-level={level}>
        {text}
      </span>
    </span>
  );
}

import type { ReactNode } from "react";
import classes from "./Section.module.css";

interface Props {
  title: string;
  aside?: ReactNode;
  id?: string;
  children: ReactNode;
  className?: string;
}

/** A heading and what belongs to it; structure comes from space and lines, never from boxes in boxes. */
export function Section({ title, aside, id, children, className }: Props) {
  return (
    <section className={`${classes.section} ${className ?? ""}`} id={id} aria-label={title}>
      <header className={classes.head}>
        <h2>{title}</h2>
        {aside && <div className={classes.aside}>{aside}</div>}
      </header>
      {children}
    </section>
  );
}

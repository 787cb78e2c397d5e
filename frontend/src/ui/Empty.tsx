import type { ReactNode } from "react";
import classes from "./Empty.module.css";

interface Props {
  title: string;
  text?: string;
  children?: ReactNode;
}

/** Nothing here, why, and what to do about it. */
export function Empty({ title, text, children }: Props) {
  return (
    <div className={classes.empty}>
      <h2 className={classes.title}>{title}</h2>
      {text && <p className={classes.text}>{text}</p>}
      {children && <div className={classes.actions}>{children}</div>}
    </div>
  );
}

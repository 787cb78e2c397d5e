import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import {
  IconArrowDown,
  IconArrowUp,
  IconDots,
  IconGripVertical,
  IconRefresh,
  IconTrash,
} from "@tabler/icons-react";
import { type HTMLAttributes, useContext } from "react";
import { useTranslation } from "react-i18next";
import { duration, exact, percent } from "@/format/units";
import { errorKind } from "@/ui/errorKind";
import { Health } from "@/ui/Health";
import { healthOf, inTrouble, type TargetHealth, type TargetIndex } from "@/ui/health";
import { type ColumnId, Columns } from "./columns";
import { NumberCell } from "./NumberCell";
import classes from "./Routing.module.css";
import type { Block, Row } from "./rows";

interface Props {
  row: Row;
  /** The first row of a stage says which. */
  label?: Block["via"];
  /** The last place of its list. */
  last: number;
  targets: TargetIndex;
  /** How often it was the way out; null where nothing falls to. */
  fell: { tried: number; saved: number } | null;
  fixed: boolean;
  lone: boolean;
  handle?: HTMLAttributes<HTMLElement>;
  dragged: boolean;
  drop?: "above" | "below";
  onStep: (by: -1 | 1) => void;
  onRemove: () => void;
  onWeigh: (field: "weight" | "priority", value: number) => void;
  onClear: () => void;
}

export function TargetRow(props: Props) {
  const { row, label, targets, fell, fixed, lone, onWeigh } = props;
  const { t } = useTranslation();
  const columns = useContext(Columns);
  const shows = (id: ColumnId) => columns.some((c) => c.id === id);
  const health = row.place && healthOf(row.place, targets);
  const name = row.name;
  const shared = row.place && !row.member && row.depth === 1 && !row.of;
  return (
    <tr
      className={classes.row}
      data-depth={row.depth}
      data-row={row.id}
      data-list={row.list}
      data-index={row.index}
      data-drop={props.drop}
      data-dragged={(row.list !== undefined && props.dragged) || undefined}
    >
      <td className={classes.stage}>
        {label && <span title={t(`routing.stage.${label}.help`)}>{t(`routing.stage.${label}.label`)}</span>}
      </td>
      <td className={classes.target}>
        <div className={classes.targetLine}>
          <Handle {...props} />
          {row.of && (
            <span className={classes.of} title={t("routing.of", { name: row.of })}>
              ↳<span className={classes.hidden}>{t("routing.of", { name: row.of })}</span>
            </span>
          )}
          <span
            className={classes.targetName}
            title={row.place?.target ? `${name} → ${row.place.target}` : name}
          >
            {name}
          </span>
          {row.lost && <span className={classes.lost}>{t("routing.lost")}</span>}
          {row.place && <span className={classes.provider}>{row.place.provider}</span>}
        </div>
      </td>
      <td>{health && <Standing health={health} name={name} onClear={props.onClear} />}</td>
      {shows("keys") && <td className={classes.keys}>{health && <Keys health={health} />}</td>}
      <td className={classes.num}>
        {row.member && !(lone && row.member.weight === 1) ? (
          <NumberCell
            value={row.member.weight}
            label={t("routing.weightOf", { name })}
            max={1_000_000}
            disabled={fixed}
            onChange={(v) => onWeigh("weight", v)}
          />
        ) : (
          shared && <span className={classes.dim}>{row.place?.weight}</span>
        )}
      </td>
      <td className={classes.num}>
        {row.member && !(lone && row.member.priority === 0) ? (
          <NumberCell
            value={row.member.priority}
            label={t("routing.priorityOf", { name })}
            max={1000}
            disabled={fixed}
            onChange={(v) => onWeigh("priority", v)}
          />
        ) : (
          shared && <span className={classes.dim}>{row.place?.priority}</span>
        )}
      </td>
      {shows("inFlight") && <td className={classes.num}>{health && (health.inFlight || <None />)}</td>}
      <td className={classes.num}>
        {health && (health.firstTokenUs ? duration(health.firstTokenUs) : <None />)}
      </td>
      <td className={classes.num}>{health && <Success health={health} />}</td>
      {shows("saved") && (
        <td className={classes.num}>{fell && (row.place || row.depth === 0) && <Saved fell={fell} />}</td>
      )}
      <td className={classes.actions}>
        <Actions {...props} clearable={health !== undefined && inTrouble(health.status)} />
      </td>
    </tr>
  );
}

/** The word for how it does, and the way to ask it again at once. */
function Standing({ health, name, onClear }: { health: TargetHealth; name: string; onClear: () => void }) {
  const { t } = useTranslation();
  const resting = health.keys.filter((k) => inTrouble(k.status));
  const ill = inTrouble(health.status);
  const clear = t("routing.clearOf", { name });
  return (
    <div className={classes.healthLine}>
      <Health status={health.status} until={health.until} lastError={health.lastError} why={health.why} />
      {!ill && resting.length > 0 && (
        <span className={classes.some} title={resting.map((k) => `${k.name}: ${k.why}`).join("\n")}>
          {t("routing.keysRest", { count: resting.length, of: health.keys.length })}
        </span>
      )}
      {(ill || resting.length > 0) && (
        <Tooltip label={t("routing.clear")}>
          <ActionIcon size={22} className={classes.clear} onClick={onClear} aria-label={clear}>
            <IconRefresh size={14} stroke={1.7} />
          </ActionIcon>
        </Tooltip>
      )}
    </div>
  );
}

function Saved({ fell }: { fell: { tried: number; saved: number } }) {
  const { t } = useTranslation();
  if (fell.tried === 0) return <None />;
  return (
    <span title={t("routing.savedHelp", { tried: exact(fell.tried), saved: exact(fell.saved) })}>
      {t("routing.savedOf", { tried: fell.tried, saved: fell.saved })}
    </span>
  );
}

const None = () => (
  <span className={classes.none} aria-hidden>
    –
  </span>
);

/** Moves its row: by pointer, or with the arrow keys. */
function Handle({ row, last, fixed, handle, onStep }: Props) {
  const { t } = useTranslation();
  if (row.list === undefined || last === 0 || !handle) return <span className={classes.noHandle} />;
  return (
    <button
      type="button"
      className={classes.handle}
      data-handle
      aria-label={t("routing.moveOf", { name: row.name, at: (row.index ?? 0) + 1, of: last + 1 })}
      title={t("routing.moveHelp")}
      onKeyDown={(e) => {
        if (e.key !== "ArrowUp" && e.key !== "ArrowDown") return;
        e.preventDefault();
        onStep(e.key === "ArrowUp" ? -1 : 1);
      }}
      {...(fixed ? {} : handle)}
    >
      <IconGripVertical size={14} stroke={1.6} aria-hidden />
    </button>
  );
}

function Actions({ row, last, fixed, clearable, onStep, onRemove, onClear }: Props & { clearable: boolean }) {
  const { t } = useTranslation();
  if (row.list === undefined) return null;
  const at = row.index ?? 0;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon aria-label={t("routing.actionsOf", { name: row.name })} disabled={fixed}>
          <IconDots size={16} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconArrowUp size={14} />} disabled={at === 0} onClick={() => onStep(-1)}>
          {t("routing.up")}
        </Menu.Item>
        <Menu.Item leftSection={<IconArrowDown size={14} />} disabled={at >= last} onClick={() => onStep(1)}>
          {t("routing.down")}
        </Menu.Item>
        {clearable && (
          <Menu.Item leftSection={<IconRefresh size={14} />} onClick={onClear}>
            {t("routing.clear")}
          </Menu.Item>
        )}
        <Menu.Item leftSection={<IconTrash size={14} />} color="red" onClick={onRemove}>
          {t("routing.remove")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Keys({ health }: { health: TargetHealth }) {
  // One key does as well as its target; only of several is it worth saying which.
  if (health.keys.length < 2) return <span className={classes.dim}>{health.keys[0]?.name}</span>;
  return health.keys.map((k) => (
    <span key={k.name} className={classes.key}>
      <Health status={k.status} until={k.until} why={k.why} bare />
      {k.name}
    </span>
  ));
}

/** A share that is not whole never looks as if it were. */
const share = (part: number, whole: number) =>
  part < whole && part / whole > 0.99
    ? `${Math.floor((part / whole) * 1000) / 10}\u00a0%`
    : percent(part, whole);

function Success({ health }: { health: TargetHealth }) {
  const { t } = useTranslation();
  const judged = health.succeeded + health.failed;
  if (judged === 0) return <None />;
  const kinds = health.byKind.map(([kind, n]) => `${errorKind(kind)} ${exact(n)}`).join(", ");
  const counts = t("routing.successHelp", {
    requests: exact(health.requests),
    succeeded: exact(health.succeeded),
    failed: exact(health.failed),
  });
  return <span title={kinds ? `${counts}: ${kinds}` : counts}>{share(health.succeeded, judged)}</span>;
}

import { UnstyledButton } from "@mantine/core";
import {
  IconAlertTriangle,
  IconBrain,
  IconChevronRight,
  IconCornerDownRight,
  IconFile,
  IconTool,
} from "@tabler/icons-react";
import { type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { RequestDetail } from "@/api/types";
import { exact } from "@/format/units";
import { type Block, parseJson, type Turn } from "../conversation/conversation";
import { vectors } from "../conversation/openai";
import { bodyText, conversationOf } from "../conversation/parse";
import classes from "./Conversation.module.css";
import { ErrorText } from "./ErrorText";
import { Foldable } from "./Foldable";
import { NoBodies } from "./NoBodies";

export function ConversationView({ detail }: { detail: RequestDetail }) {
  const { t } = useTranslation();
  const { record, bodies } = detail;
  const conversation = useMemo(() => (bodies ? conversationOf(record, bodies) : null), [record, bodies]);
  if (!bodies) return <NoBodies state={detail.bodies_state} />;
  if (!conversation) return <p className={classes.note}>{t("conversation.none")}</p>;

  const found = record.path.endsWith("/embeddings")
    ? vectors(bodyText(bodies.response_body, bodies.response_encoding))
    : null;
  return (
    <div className={classes.conversation}>
      {conversation.tools.length > 0 && (
        <Fold
          summary={t("conversation.tools", { count: conversation.tools.length })}
          icon={<IconTool size={14} stroke={1.6} />}
        >
          <p className={classes.names}>{conversation.tools.join(", ")}</p>
        </Fold>
      )}
      {conversation.sent.map((turn, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a recorded conversation never changes
        <TurnView key={i} turn={turn} folded={turn.role === "system"} />
      ))}
      {conversation.answer.map((turn, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a recorded conversation never changes
        <TurnView key={`a${i}`} turn={turn} answer />
      ))}
      {found && (
        <p className={classes.note}>
          {t("conversation.vectors", { count: found.count, dimensions: exact(found.dimensions) })}
        </p>
      )}
      {conversation.error && (
        <div className={classes.error}>
          <IconAlertTriangle size={15} aria-hidden /> <ErrorText message={conversation.error} />
        </div>
      )}
      {conversation.broken && (
        <p className={classes.broken}>
          <IconAlertTriangle size={15} aria-hidden />
          {t(record.outcome === "cancelled" ? "conversation.cancelled" : "conversation.broken")}
        </p>
      )}
    </div>
  );
}

function TurnView({ turn, answer, folded }: { turn: Turn; answer?: boolean; folded?: boolean }) {
  const { t, i18n } = useTranslation();
  const known = `conversation.role.${turn.role}`;
  const role = i18n.exists(known) ? t(known as "conversation.role.user") : turn.role;
  return (
    <section
      className={classes.turn}
      data-role={turn.role}
      data-answer={answer || undefined}
      aria-label={role}
    >
      <div className={classes.role}>{role}</div>
      <div className={classes.blocks}>
        {turn.blocks.map((block, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a recorded conversation never changes
          <BlockView key={i} block={block} lines={folded ? 2 : answer ? 60 : 14} />
        ))}
      </div>
    </section>
  );
}

function BlockView({ block, lines }: { block: Block; lines: number }) {
  const { t } = useTranslation();
  switch (block.kind) {
    case "text":
      return <Foldable text={block.text} lines={lines} />;
    case "reasoning":
      return (
        <Fold summary={t("conversation.reasoning")} icon={<IconBrain size={14} stroke={1.6} />}>
          <div className={classes.reasoning}>{block.text || t("conversation.redacted")}</div>
        </Fold>
      );
    case "image":
      return <img className={classes.image} src={block.url} alt={t("conversation.image")} />;
    case "file":
      return (
        <span className={classes.file}>
          <IconFile size={14} stroke={1.6} aria-hidden /> {block.name}
        </span>
      );
    case "toolCall":
      return (
        <div className={classes.tool}>
          <div className={classes.toolHead}>
            <IconTool size={14} stroke={1.6} aria-hidden />
            <strong>{block.name}</strong>
            <code className={classes.callId}>{block.id}</code>
          </div>
          <Args text={block.args} />
        </div>
      );
    case "toolResult":
      return (
        <div className={classes.tool} data-failed={block.failed || undefined}>
          <div className={classes.toolHead}>
            <IconCornerDownRight size={14} stroke={1.6} aria-hidden />
            <strong>{block.name || t("conversation.result")}</strong>
            {block.failed && <span className={classes.failed}>{t("conversation.failed")}</span>}
            <code className={classes.callId}>{block.id}</code>
          </div>
          {block.blocks.map((inner, i) =>
            inner.kind === "text" ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: a recorded conversation never changes
              <Foldable key={i} text={inner.text} lines={8} mono />
            ) : (
              // biome-ignore lint/suspicious/noArrayIndexKey: a recorded conversation never changes
              <BlockView key={i} block={inner} lines={8} />
            ),
          )}
        </div>
      );
    case "other":
      return (
        <Fold summary={block.type} icon={<IconFile size={14} stroke={1.6} />}>
          <Foldable text={block.json} lines={20} mono />
        </Fold>
      );
  }
}

/** Arguments as a list of names when they are one flat object, else as they are. */
function Args({ text }: { text: string }) {
  const value = parseJson(text);
  const entries = value && typeof value === "object" && !Array.isArray(value) ? Object.entries(value) : null;
  if (!entries) return <Foldable text={text} lines={12} mono />;
  return (
    <dl className={classes.args}>
      {entries.map(([name, v]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <Foldable text={typeof v === "string" ? v : JSON.stringify(v, null, 2)} lines={8} mono />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Fold({ summary, icon, children }: { summary: string; icon: ReactNode; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <div>
      <UnstyledButton className={classes.fold} onClick={() => setOpen(!open)} aria-expanded={open}>
        <IconChevronRight size={13} className={classes.chevron} data-open={open || undefined} aria-hidden />
        {icon}
        {summary}
      </UnstyledButton>
      {open && children}
    </div>
  );
}

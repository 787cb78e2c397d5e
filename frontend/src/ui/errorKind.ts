import i18n from "@/i18n";

/** What kind of error it was, in words; a kind that has none is shown as it is. */
export function errorKind(kind: string | undefined): string {
  if (!kind) return "";
  return i18n.t(`errorKind.${kind}` as "errorKind.server", { defaultValue: kind });
}

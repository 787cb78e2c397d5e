import type { RequestDetail } from "@/api/types";

/** What stands for a secret in a recorded header. */
const MASK = "•••";

/** Headers that say how the body is to be understood; what else a client sends is about itself. */
const KEPT = /^(content-type|content-encoding|anthropic-(version|beta)|openai-beta)$/i;

/** Why a copied command is not the whole request. */
export const lacking = (detail: RequestDetail): "none" | "cut" | null =>
  !detail.bodies ? "none" : detail.bodies.request_cut ? "cut" : null;

/** The request as a command for a shell. Keys are not recorded: a placeholder says where they go. */
export function curlOf(detail: RequestDetail, baseUrl: string, note?: string): string {
  const { record, bodies } = detail;
  const packed = bodies?.request_encoding === "base64";
  const args = [`curl${record.stream ? " -N" : ""} -X POST ${quote(baseUrl + record.path)}`];
  for (const [name, values] of Object.entries(bodies?.request_headers ?? {})) {
    // A body that reads as text was unpacked before it was recorded.
    if (/^content-encoding$/i.test(name) && !packed) continue;
    const value = values.join(", ");
    if (value === MASK) {
      if (!/cookie/i.test(name)) args.push(`-H ${quote(`${name}: ${key(name)}`)}`);
    } else if (KEPT.test(name)) {
      args.push(`-H ${quote(`${name}: ${value}`)}`);
    }
  }
  const body = bodies?.request_body ?? "";
  if (body) args.push(packed ? "--data-binary @-" : `--data-raw ${quote(body)}`);
  const command = args.join(" \\\n  ");
  return `${note ? `# ${note}\n` : ""}${packed && body ? `printf %s ${quote(body)} | base64 -d | ` : ""}${command}`;
}

const key = (header: string) => (/^authorization$/i.test(header) ? "Bearer YOUR_KEY" : "YOUR_KEY");

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** The frames of a recorded event stream. */
export interface Frame {
  event: string;
  data: string;
}

/** Splits a body into frames. A last frame without its blank line is kept: a broken stream is shown as far as it came. */
export function frames(body: string): Frame[] {
  const out: Frame[] = [];
  let event = "";
  let data: string[] = [];
  const flush = () => {
    if (data.length > 0) out.push({ event, data: data.join("\n") });
    event = "";
    data = [];
  };
  for (const line of body.split(/\r\n|\n|\r/)) {
    if (line === "") flush();
    else if (line.startsWith("data:")) data.push(line.slice(line[5] === " " ? 6 : 5));
    else if (line.startsWith("event:")) event = line.slice(6).trim();
  }
  flush();
  return out;
}

export const looksLikeStream = (body: string): boolean =>
  /^(?:\uFEFF)?(?:\s*:[^\n]*\n|\s)*(?:data|event|id|retry):/.test(body);

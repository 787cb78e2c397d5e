/** The only place that fetches. Paths, parameters, bodies and answers are typed by the API's own document. */
import type { paths } from "./schema.gen";

/** An answer of the API that is not a success, in the words of RFC 9457. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly errors: { message?: string; location?: string }[] = [],
    /** What decides what to do next, such as urn:yallmproxy:port-taken. */
    readonly type = "",
  ) {
    super(detail || title);
    this.name = "ApiError";
  }
}

/** The core did not answer at all: it is not running, or the connection broke. */
export class OfflineError extends Error {
  constructor(cause: unknown) {
    super("offline", { cause });
    this.name = "OfflineError";
  }
}

type Method = "get" | "post" | "put" | "patch" | "delete";
type Op<P extends keyof paths, M extends Method> = paths[P][M];
type PathsOf<M extends Method> = {
  [P in keyof paths]: Op<P, M> extends { responses: unknown } ? P : never;
}[keyof paths];

type Content<R> = R extends { content: { "application/json": infer T } } ? T : undefined;
type Result<O> = O extends { responses: infer R } ? Content<R[keyof R & (200 | 201 | 202 | 204)]> : never;

type PathOf<O> = O extends { parameters: { path: infer P } } ? { path: P } : { path?: undefined };
type QueryOf<O> = O extends { parameters: { query?: infer Q } } ? { query?: Q } : { query?: undefined };
type BodyOf<O> = O extends { requestBody: { content: { "application/json": infer B } } }
  ? { body: B }
  : O extends { requestBody?: { content: { "application/json": infer B } } }
    ? { body?: B }
    : { body?: undefined };
type Input<O> = PathOf<O> & QueryOf<O> & BodyOf<O> & { ifMatch?: string; signal?: AbortSignal };

interface Loose {
  path?: object;
  query?: object;
  body?: unknown;
  ifMatch?: string;
  signal?: AbortSignal;
}

/** Fills {names} in a path and appends the query; what is empty is left out. */
export function urlOf(template: string, input: Pick<Loose, "path" | "query"> = {}): string {
  const names = new Map(Object.entries(input.path ?? {}));
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(names.get(name))),
  );
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(input.query ?? {})) {
    if (value !== undefined && value !== null && value !== "") params.set(name, String(value));
  }
  const text = params.toString();
  return text ? `${filled}?${text}` : filled;
}

interface Answer {
  data: unknown;
  etag: string;
}

async function call(method: Method, template: string, input: Loose = {}): Promise<Answer> {
  const headers: Record<string, string> = { Accept: "application/json" };
  // A body is always a string: WebKitGTK crashes on Blob and FormData bodies sent through an asset server.
  let body: string | undefined;
  if (method !== "get") {
    headers["Content-Type"] = "application/json";
    body = input.body === undefined ? undefined : JSON.stringify(input.body);
  }
  if (input.ifMatch) headers["If-Match"] = input.ifMatch;

  let response: Response;
  let text: string;
  try {
    response = await fetch(urlOf(template, input), {
      method: method.toUpperCase(),
      headers,
      body,
      signal: input.signal,
    });
    text = await response.text();
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new OfflineError(cause);
  }
  if (!response.ok) throw failure(response, text);
  return { data: text === "" ? undefined : JSON.parse(text), etag: response.headers.get("ETag") ?? "" };
}

function failure(response: Response, text: string): Error {
  if (response.headers.get("Content-Type")?.includes("json")) {
    const problem = JSON.parse(text) as Partial<ApiError>;
    return new ApiError(
      response.status,
      problem.title ?? response.statusText,
      problem.detail ?? "",
      problem.errors ?? [],
      problem.type,
    );
  }
  // The window's bridge, not the API: no core listens on the control socket.
  if (response.status >= 502 && response.status <= 504) return new OfflineError(text);
  return new ApiError(response.status, response.statusText, text.slice(0, 300));
}

function method<M extends Method>(name: M) {
  return <P extends PathsOf<M>>(
    template: P,
    ...[input]: object extends Input<Op<P, M>> ? [Input<Op<P, M>>?] : [Input<Op<P, M>>]
  ) => call(name, template, input).then((a) => a.data as Result<Op<P, M>>);
}

/** A reading with the version of the file it was made from, for ifMatch. */
async function versioned<P extends PathsOf<"get">>(
  template: P,
  ...[input]: object extends Input<Op<P, "get">> ? [Input<Op<P, "get">>?] : [Input<Op<P, "get">>]
): Promise<Result<Op<P, "get">> & { etag: string }> {
  const { data, etag } = await call("get", template, input);
  return { ...(data as Result<Op<P, "get">>), etag };
}

export const api = {
  get: method("get"),
  versioned,
  post: method("post"),
  put: method("put"),
  patch: method("patch"),
  delete: method("delete"),
};

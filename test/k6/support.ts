/** What of k6's API is here: the table behind docs/k6.md. `yes` unless a text says what differs; null is missing. */
export type Support = true | string | null;

export interface ModuleSupport {
  readonly module: string;
  readonly note?: string;
  /** By name; `Class.member` for what objects have. */
  readonly names: Readonly<Record<string, Support>>;
}

const all = (...names: string[]): Record<string, Support> => Object.fromEntries(names.map((name) => [name, true]));
const members = (owner: string, names: string): Record<string, Support> =>
  all(...names.split(" ").map((name) => `${owner}.${name}`));

const webSocket = {
  ...all("WebSocket", "Blob"),
  ...members("WebSocket", "addEventListener binaryType bufferedAmount close ping readyState send"),
  ...members("Blob", "arrayBuffer bytes size slice stream text type"),
};

export const support: readonly ModuleSupport[] = [
  {
    module: "k6",
    names: all("check", "fail", "group", "randomSeed", "sleep"),
  },
  {
    module: "k6/http",
    names: {
      ...all("get", "head", "post", "put", "patch", "del", "options", "request", "batch", "asyncRequest"),
      ...all("url", "file", "CookieJar", "cookieJar", "expectedStatuses", "setResponseCallback"),
      ...members("CookieJar", "cookiesForURL set clear delete"),
      "SSL_*, TLS_*, OCSP_* constants": true,
      "Params.auth": "basic and digest; ntlm is refused",
      "Response.json(selector)":
        "keys, array indexes, # and \\. of gjson's paths; no queries #(…), wildcards, modifiers or multipaths",
      "Response.ocsp": "always unknown: stapled answers are not asked for",
      "Response.html": true,
      "Response.submitForm": true,
      "Response.clickLink": true,
      "Response.error_code": "k6's numbers for DNS, TCP, TLS, timeouts and statuses; HTTP/2's are missing",
    },
  },
  {
    module: "k6/html",
    note: "Pages are parsed by the HTML standard. Elements have the methods of their kind (links, fields, selects, tables).",
    names: {
      parseHTML: true,
      NodeType: true,
      "Selection.attr": true,
      "Selection.data": true,
      "Selection.each": "the callback may make requests",
      "Selection.map": "the callback may make requests",
      "Selection.filter": "a test that is a function may make no requests",
      ...members(
        "Selection",
        "children closest contents eq find first get has html is last next nextAll nextUntil not",
      ),
      ...members("Selection", "parent parents parentsUntil prev prevAll prevUntil serialize serializeArray"),
      ...members("Selection", "serializeObject single size slice text toArray val"),
    },
  },
  {
    module: "k6/ws",
    names: {
      connect: true,
      ...members("Socket", "close on ping send sendBinary setInterval setTimeout"),
      "Response.headers": "several values of one name are joined by a comma",
    },
  },
  { module: "k6/websockets", note: "An iteration lasts until its sockets are closed.", names: webSocket },
  { module: "k6/experimental/websockets", note: "The same module under its older name.", names: webSocket },
  { module: "k6/timers", names: all("setTimeout", "clearTimeout", "setInterval", "clearInterval") },
  {
    module: "k6/net/grpc",
    names: {
      ...all("Client", "Stream"),
      ...members("Client", "load loadProtoset connect invoke asyncInvoke close"),
      "Client.healthCheck": "the answer is a response as of invoke, with `Status` beside it",
      ...members("Stream", "on write end"),
      "Status* constants": true,
      "HealthCheck* constants": true,
      "Response.error.details": "always empty: rich error details are not decoded",
      "data_sent, data_received": "messages with their frames' five bytes; HTTP/2's headers are not counted",
    },
  },
  {
    module: "k6/metrics",
    names: { ...all("Counter", "Gauge", "Rate", "Trend"), ...members("Trend", "add name") },
  },
  {
    module: "k6/execution",
    names: {
      ...all("scenario", "instance", "vu"),
      "test.options": true,
      "test.fail": true,
      "test.abort": "finally blocks on the way run, and a catch can hold the unwinding up, but not the end of the run",
    },
  },
  { module: "k6/data", names: all("SharedArray") },
  { module: "k6/encoding", names: all("b64encode", "b64decode") },
  {
    module: "k6/crypto",
    names: {
      ...all("createHash", "createHMAC", "hmac", "hexEncode", "randomBytes"),
      ...all("md5", "sha1", "sha256", "sha384", "sha512", "sha512_224", "sha512_256", "ripemd160", "md4"),
    },
  },
  {
    module: "k6/secrets",
    note: "Sources come from `--secret-source`: file and mock. What they hold is masked in every log line.",
    names: {
      ...all("get", "source"),
      "url sources": null,
    },
  },
  {
    module: "k6/experimental/fs",
    names: { ...all("open", "SeekMode"), ...members("File", "path read seek stat") },
  },
  { module: "k6/experimental/csv", names: { ...all("parse", "Parser"), ...members("Parser", "next") } },
  {
    module: "k6/experimental/streams",
    note: "Node's own classes, which follow the same standard.",
    names: all(
      "ReadableStream",
      "ReadableStreamDefaultReader",
      "CountQueuingStrategy",
      "WritableStream",
      "WritableStreamDefaultWriter",
    ),
  },
  {
    module: "k6/experimental/webcrypto",
    note: "The global `crypto` by its older name.",
    names: { crypto: "as the global" },
  },
  { module: "k6/browser", note: "An import of it ends the run with a clear message.", names: { browser: null } },
  {
    module: "Globals",
    names: {
      ...all(
        "__VU",
        "__ITER",
        "__ENV",
        "console",
        "open",
        "setTimeout",
        "clearTimeout",
        "setInterval",
        "clearInterval",
      ),
      ...all("TextEncoder", "TextDecoder"),
      crypto: "Node's WebCrypto: what k6 has, and more algorithms",
      "await at the top level": "for what is there at once: fs.open, csv.parse, secrets.get; anything else is refused",
    },
  },
];

/** The page. */
export function renderSupport(): string {
  const sections = support.map(({ module, note, names }) => {
    const rows = Object.entries(names).map(([name, how]) => {
      const word = how === true ? "yes" : how === null ? "no" : "partly";
      return `| ${name.includes(" ") ? name : `\`${name}\``} | ${word} | ${typeof how === "string" ? how.replaceAll("|", "\\|") : ""} |`;
    });
    const head = [`## ${module.includes("/") || module === "k6" ? `\`${module}\`` : module}`, ""];
    return [
      ...head,
      ...(note === undefined ? [] : [note, ""]),
      "| name | here | what differs |",
      "|---|---|---|",
      ...rows,
      "",
    ];
  });
  return [
    "# k6 scripts in Loadline",
    "",
    "Scripts run unchanged. This page says, name by name, what is here; `partly` tells what differs.",
    "It is written by `npx vitest run test/k6/support.test.ts -u` from the table in `test/k6/support.ts`,",
    "and a test holds the table against the modules and against k6's own type definitions.",
    "",
    ...sections.flat(),
  ].join("\n");
}

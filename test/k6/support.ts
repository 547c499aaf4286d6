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
      "Params.auth": true,
      "Response.json(selector)": true,
      "Response.ocsp": true,
      "Response.html": true,
      "Response.submitForm": true,
      "Response.clickLink": true,
      "Response.error_code": "k6's numbers, HTTP/2's too; 1202 comes as 1200",
      "HTTP/2 by ALPN":
        "offered to every TLS server, unless GODEBUG=http2client=0; a first batch waits for one connection where k6 opens several; frames too long or headers that cannot be unpacked show as a timeout",
      "HTTP_PROXY, HTTPS_PROXY, NO_PROXY":
        "by Go's rules, in lower case too; http, https and socks5; blockHostnames holds for what is behind a proxy too",
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
      crypto:
        "Node's WebCrypto: what k6 has, and more algorithms; keys have no properties of their own, so that JSON shows none",
      "await at the top level": "for what is there at once: fs.open, csv.parse, secrets.get; anything else is refused",
    },
  },
];

/** Options of a script or a config, by name. */
export const optionSupport: Readonly<Record<string, Support>> = {
  ...all("scenarios", "vus", "duration", "iterations", "stages"),
  ...all("thresholds", "tags", "systemTags", "summaryTrendStats", "summaryTimeUnit", "handleSummaryTimeout"),
  ...all("noSetup", "setupTimeout", "noTeardown", "teardownTimeout", "minIterationDuration"),
  ...all("batch", "batchPerHost", "maxRedirects", "userAgent", "throw", "discardResponseBodies", "httpDebug"),
  ...all("noConnectionReuse", "noVUConnectionReuse", "noCookiesReset", "rps"),
  ...all("hosts", "dns", "blacklistIPs", "blockHostnames", "localIPs"),
  ...all("insecureSkipTLSVerify", "tlsVersion", "tlsCipherSuites", "tlsAuth"),
  ext: "`ext.loadline` is read, other extensions are left alone",
  ...all("executionSegment", "executionSegmentSequence"),
  cloud: "accepted, with a warning: there is no cloud",
  paused: "accepted, with a warning: a run begins at once",
  linger: "accepted, with a warning: a run ends when it is over",
  noUsageReport: "accepted: none is ever sent",
};

export const executorSupport: Readonly<Record<string, Support>> = {
  ...all("constant-arrival-rate", "ramping-arrival-rate", "constant-vus", "ramping-vus"),
  ...all("per-vu-iterations", "shared-iterations"),
  "externally-controlled": null,
};

/** Flags of `k6 run`. */
export const flagSupport: Readonly<Record<string, Support>> = {
  ...all(
    "--vus",
    "--duration",
    "--iterations",
    "--stage",
    "--env",
    "--tag",
    "--system-tags",
    "--include-system-env-vars",
  ),
  ...all("--max-redirects", "--user-agent", "--batch", "--batch-per-host", "--rps", "--throw", "--http-debug"),
  ...all("--insecure-skip-tls-verify", "--blacklist-ip", "--block-hostnames", "--dns", "--local-ips"),
  ...all("--discard-response-bodies", "--no-connection-reuse", "--no-vu-connection-reuse", "--min-iteration-duration"),
  ...all("--no-setup", "--setup-timeout", "--no-teardown", "--teardown-timeout", "--no-thresholds", "--no-summary"),
  ...all("--summary-trend-stats", "--summary-time-unit", "--summary-export", "--console-output", "--verbose"),
  ...all("--quiet", "--no-color", "--execution-segment", "--execution-segment-sequence"),
  "--summary-mode":
    "`full` adds each scenario's figures to the list that `compact` and `legacy` are; groups show their checks",
  "--out": "json and csv; bytes come with each request and its tags, where k6 counts them once an iteration",
  "--log-output": "none, stdout, stderr and file; loki is accepted and does nothing",
  "--log-format": "raw and json",
  "--secret-source": "file and mock",
  "--config": "k6's JSON, or loadline.config.ts; none is looked for in the home folder",
  ...Object.fromEntries(
    ["--address", "--linger", "--paused", "--no-usage-report", "--compatibility-mode", "--profiling-enabled"]
      .concat("--exit-on-running", "--features", "--traces-output", "--show-logs")
      .map((flag) => [flag, "accepted without effect, and named in a warning"]),
  ),
};

/** Variables of the environment that set something. */
export const variableSupport: readonly string[] = [
  ..."VUS DURATION ITERATIONS STAGES MAX_REDIRECTS USER_AGENT BATCH BATCH_PER_HOST RPS THROW HTTP_DEBUG".split(" "),
  ..."INSECURE_SKIP_TLS_VERIFY BLACKLIST_IPS BLOCK_HOSTNAMES DNS LOCAL_IPS DISCARD_RESPONSE_BODIES".split(" "),
  ..."NO_CONNECTION_REUSE NO_VU_CONNECTION_REUSE NO_COOKIES_RESET MIN_ITERATION_DURATION".split(" "),
  ..."NO_SETUP SETUP_TIMEOUT NO_TEARDOWN TEARDOWN_TIMEOUT HANDLE_SUMMARY_TIMEOUT SYSTEM_TAGS".split(" "),
  ..."SUMMARY_TREND_STATS SUMMARY_TIME_UNIT SUMMARY_EXPORT SUMMARY_MODE OUT LOG_OUTPUT LOG_FORMAT".split(" "),
  ..."CONSOLE_OUTPUT NO_THRESHOLDS".split(" "),
].map((name) => `K6_${name}`);

const ours = "ours, k6 has none";
const metricRows: Record<string, Support> = {
  ...all("vus", "vus_max", "iterations", "iteration_duration", "dropped_iterations", "checks", "group_duration"),
  ...all("data_sent", "data_received", "http_reqs", "http_req_failed", "http_req_duration", "http_req_blocked"),
  ...all("http_req_connecting", "http_req_tls_handshaking", "http_req_sending", "http_req_waiting"),
  ...all("http_req_receiving", "ws_sessions", "ws_msgs_sent", "ws_msgs_received", "ws_ping", "ws_session_duration"),
  ...all("ws_connecting", "grpc_req_duration", "grpc_streams", "grpc_streams_msgs_sent", "grpc_streams_msgs_received"),
  http_req_response_time: ours,
  iteration_lateness: ours,
  "browser_* metrics": null,
};
export const metricSupport: Readonly<Record<string, Support>> = metricRows;

const further: readonly ModuleSupport[] = [
  {
    module: "Options",
    note: "Defaults < config < script < environment < flags; `loadline run SCRIPT --show-config` prints each with its origin. What differs in capitals only is read, with a warning.",
    names: optionSupport,
  },
  { module: "Executors", names: executorSupport },
  {
    module: "Built-in metrics",
    note: "A trend keeps three digits of each value. Thresholds may name any of them with tags.",
    names: metricSupport,
  },
  { module: "Flags of run", names: flagSupport },
  {
    module: "Variables",
    note: "An empty one sets nothing.",
    names: all(...variableSupport),
  },
];

/** The page. */
export function renderSupport(): string {
  const sections = [...support, ...further].map(({ module, note, names }) => {
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
    "Of the example scripts in k6's documentation (v2.2.x) 423 are whole and use core modules only. 341 of them ran under k6 0.49 and",
    "under Loadline before the same stand-ins and were held against one another header by header, check by check, with groups, logs and tags:",
    "273 were the same, 56 differed in small things that can be named (a tag of WebSocket samples, masked secrets in logs, newer gRPC samples,",
    "an exit code), and 12 otherwise. 82 need a newer k6; 81 of those did what they describe. The requests and checks that a script describes",
    "were made by all but four of the 423: one needs secrets from a URL, one shows that `sleep` holds up the events of a gRPC stream, which it",
    "does not here, and two write to a stream that they have cancelled, which k6 refuses, too.",
    "",
    ...sections.flat(),
  ].join("\n");
}

/** The four kinds of k6 metric. */
export type MetricType = "counter" | "gauge" | "rate" | "trend";

/** What the values of a metric mean: milliseconds, bytes, or a plain number. */
export type MetricContains = "time" | "data" | "default";

/** A metric's definition; its index is unique within one engine. */
export interface Metric {
  readonly name: string;
  readonly type: MetricType;
  readonly contains: MetricContains;
}

export type Tags = Readonly<Record<string, string>>;

/** One metric with one set of tags; `tags` is empty for the total. */
export interface SeriesKey {
  readonly metric: string;
  readonly tags: Tags;
}

/** `http_req_duration{name:/checkout,status:200}`; tags in alphabetical order. */
export function seriesName(key: SeriesKey): string {
  const names = Object.keys(key.tags).sort();
  if (names.length === 0) return key.metric;
  return `${key.metric}{${names.map((name) => `${name}:${key.tags[name]}`).join(",")}}`;
}

const trend = (name: string): Metric => ({ name, type: "trend", contains: "time" });
const counter = (name: string, contains: MetricContains = "default"): Metric => ({ name, type: "counter", contains });
const gauge = (name: string): Metric => ({ name, type: "gauge", contains: "default" });
const rate = (name: string): Metric => ({ name, type: "rate", contains: "default" });

/** Metrics that exist in every run: k6's, then ours. */
export const builtInMetrics = {
  vus: gauge("vus"),
  vus_max: gauge("vus_max"),
  iterations: counter("iterations"),
  iteration_duration: trend("iteration_duration"),
  dropped_iterations: counter("dropped_iterations"),
  checks: rate("checks"),
  group_duration: trend("group_duration"),
  data_sent: counter("data_sent", "data"),
  data_received: counter("data_received", "data"),
  http_reqs: counter("http_reqs"),
  http_req_failed: rate("http_req_failed"),
  http_req_duration: trend("http_req_duration"),
  http_req_blocked: trend("http_req_blocked"),
  http_req_connecting: trend("http_req_connecting"),
  http_req_tls_handshaking: trend("http_req_tls_handshaking"),
  http_req_sending: trend("http_req_sending"),
  http_req_waiting: trend("http_req_waiting"),
  http_req_receiving: trend("http_req_receiving"),
  /** Ours: response end minus due time. */
  http_req_response_time: trend("http_req_response_time"),
  /** Ours: actual start of an iteration minus its due time. */
  iteration_lateness: trend("iteration_lateness"),
} as const satisfies Record<string, Metric>;

/** Metrics of other protocols than HTTP: in a run only where its script imports the module that fills them. */
export const protocolMetrics = {
  ws_sessions: counter("ws_sessions"),
  ws_msgs_sent: counter("ws_msgs_sent"),
  ws_msgs_received: counter("ws_msgs_received"),
  ws_ping: trend("ws_ping"),
  ws_session_duration: trend("ws_session_duration"),
  ws_connecting: trend("ws_connecting"),
  grpc_req_duration: trend("grpc_req_duration"),
  grpc_streams: counter("grpc_streams"),
  grpc_streams_msgs_sent: counter("grpc_streams_msgs_sent"),
  grpc_streams_msgs_received: counter("grpc_streams_msgs_received"),
} as const satisfies Record<string, Metric>;

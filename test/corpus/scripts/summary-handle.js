// HandleSummary writes files and its own text to stdout.
import http from "k6/http";

export default function () {
  http.get(`${__ENV.URL}/`);
}

export function handleSummary(data) {
  return {
    stdout: `requests: ${data.metrics.http_reqs.values.count}\n`,
    stderr: "to the other stream\n",
    "summary.json": JSON.stringify(data),
  };
}

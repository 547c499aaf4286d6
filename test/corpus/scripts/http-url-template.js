// Http.url names a URL by its template.
import http from "k6/http";

const url = __ENV.URL;

export default function () {
  http.get(http.url`${url}/items/${7}`);
}

export function handleSummary(data) {
  return { stdout: Object.keys(data.metrics).join("\n") };
}

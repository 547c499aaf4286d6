// An iteration lasts at least its least duration.
import http from "k6/http";

export const options = { iterations: 3, minIterationDuration: "300ms" };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}

export function handleSummary(data) {
  return { "took.txt": data.state.testRunDurationMs >= 600 ? "long enough" : `${data.state.testRunDurationMs}` };
}

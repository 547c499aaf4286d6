// --summary-trend-stats chooses the columns.
import http from "k6/http";

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}

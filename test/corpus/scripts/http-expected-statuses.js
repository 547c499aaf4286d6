// SetResponseCallback says what is expected.
import http from "k6/http";

http.setResponseCallback(http.expectedStatuses(404, { min: 500, max: 503 }));

export default function () {
  http.get(`${__ENV.URL}/status/404`);
  http.get(`${__ENV.URL}/status/502`);
  http.get(`${__ENV.URL}/`);
  http.get(`${__ENV.URL}/`, { responseCallback: http.expectedStatuses(200) });
}

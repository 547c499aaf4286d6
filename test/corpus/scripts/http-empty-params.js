// An empty body given to http.get, as to http.post, changes nothing.
import http from "k6/http";

export default function () {
  http.get(`${__ENV.URL}/a`, "", { tags: { kind: "odd" } });
}

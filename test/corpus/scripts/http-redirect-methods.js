// 303 turns a POST into a GET, 307 keeps it.
import http from "k6/http";

const url = __ENV.URL;

export default function () {
  http.post(`${url}/see-other/303`, "x");
  http.post(`${url}/see-other/307`, "x");
}

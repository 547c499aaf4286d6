// Each verb sends its method and body.
import http from "k6/http";

const url = __ENV.URL;

export default function () {
  http.get(`${url}/g`);
  http.head(`${url}/h`);
  http.post(`${url}/p`, "body");
  http.put(`${url}/u`, "body");
  http.patch(`${url}/a`, "body");
  http.del(`${url}/d`);
  http.options(`${url}/o`);
  http.request("GET", `${url}/r`);
}

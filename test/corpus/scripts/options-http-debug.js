// HttpDebug logs the heads, without credentials.
import http from "k6/http";

export const options = { httpDebug: "headers" };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/seen`, { headers: { Authorization: "Bearer secret-word" } });
}

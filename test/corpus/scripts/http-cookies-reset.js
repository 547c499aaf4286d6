// Each iteration begins without cookies.
import http from "k6/http";

export const options = { iterations: 2 };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/cookies`);
  http.get(`${url}/set-cookie?sid=1`);
}

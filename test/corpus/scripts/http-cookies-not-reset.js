// With noCookiesReset, cookies last.
import http from "k6/http";

export const options = { iterations: 2, noCookiesReset: true };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/cookies`);
  http.get(`${url}/set-cookie?sid=1`);
}

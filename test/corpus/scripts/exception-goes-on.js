// An exception is logged with its line, and the next iteration begins.
import http from "k6/http";

export const options = { iterations: 3 };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
  throw new Error("went wrong");
}

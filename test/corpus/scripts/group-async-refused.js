// Group takes no async function.
import http from "k6/http";
import { group } from "k6";

const url = __ENV.URL;

export default function () {
  group("a", async () => {});
  http.get(`${url}/after`);
}

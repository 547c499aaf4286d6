// Group returns what its function returns.
import http from "k6/http";
import { group } from "k6";

const url = __ENV.URL;

export default function () {
  const word = group("a", () => "word");
  http.get(`${url}/${word}`);
}

// Test.abort at the top of the script ends it before it begins.
import http from "k6/http";
import exec from "k6/execution";

exec.test.abort("not even once");

export default function () {
  http.get(`${__ENV.URL}/`);
}

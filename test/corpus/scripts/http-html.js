// Html finds elements, clickLink and submitForm follow them.
import http from "k6/http";
import { check } from "k6";

const url = __ENV.URL;

export default function () {
  const page = http.get(`${url}/form`);
  check(page, { title: (r) => r.html("h1").text() === "Title" });
  page.clickLink({ selector: "a" });
  page.submitForm({ formSelector: "form", fields: { b: "3" } });
}

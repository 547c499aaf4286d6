// A request outside of the functions is refused.
import http from "k6/http";

http.get(`${__ENV.URL}/init`);

export default function () {}

// Compression packs the body.
import http from "k6/http";

const url = __ENV.URL;

export default function () {
  http.post(`${url}/echo`, "x".repeat(1000), { compression: "gzip" });
}

// A body with a file is sent as multipart.
import http from "k6/http";

const url = __ENV.URL;

export default function () {
  http.post(`${url}/echo`, { text: "plain", upload: http.file("content", "a.txt", "text/plain") });
}

// Bytes as body are sent as they are.
import http from "k6/http";

const url = __ENV.URL;

export default function () {
  http.post(`${url}/echo`, new Uint8Array([65, 66, 67]).buffer);
}

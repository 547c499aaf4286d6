// The option userAgent is what requests say.
import http from "k6/http";

export const options = { userAgent: "corpus/1.0" };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}

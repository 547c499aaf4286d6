// Methods and inheritance may make requests.
import http from "k6/http";
import { check } from "k6";

class Client {
  constructor(base) {
    this.base = base;
  }
  get(path) {
    return http.get(`${this.base}${path}`);
  }
}

class Shop extends Client {
  get(path) {
    return super.get(`/shop${path}`).status;
  }
}

export default function () {
  const status = new Shop(__ENV.URL).get("/items");
  check(status, { "is 200": (s) => s === 200 });
}

import { check, group } from "k6";
import http from "k6/http";

// Puts a secret into every place that a record has. Each begins with s3cret, so that one search finds them all.
const shop = "http://ann:s3cret-name@shop.example/x?api_key=s3cret-name-key";

export const options = {
  vus: 2,
  iterations: 8,
  maxRedirects: 2,
  tags: { build_token: "s3cret-option-tag" },
  thresholds: {
    [`http_req_duration{name:${shop}}`]: ["p(95)<60000"],
    "http_reqs{session:s3cret-threshold}": ["count>=0"],
  },
};

export default function () {
  const base = __ENV.BASE_URL;
  group("cart?token=s3cret-group", () => {
    const response = http.get(`${base}/items?access_token=s3cret-url-${__VU}-${__ITER}&page=2`);
    check(response, { "answers /items?api_key=s3cret-check": (r) => r.status === 200 });
  });
  http.get(`${base}/items`, { tags: { name: shop, api_token: "s3cret-tag" } });
  http.get(`${base}/loop?token=s3cret-redirect`);
  http.get(`http://ann:s3cret-p@ss@127.0.0.1:${__ENV.CLOSED}/?api_key=s3cret-refused`);
  console.log("sent Authorization: Bearer s3cret-logged with password=s3cret-logged-too");
  console.warn(JSON.stringify({ user: "ann", password: "s3cret in json" }));
  if (__ITER === 0) throw new Error(`login failed: Bearer s3cret-thrown at ${base}/login?token=s3cret-thrown-url`);
}

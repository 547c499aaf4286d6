// A few iterations through everything that the demo API offers: does it work at all, before any load?
//
//   loadline run scenarios/smoke.ts -e BASE_URL=http://127.0.0.1:8080
//
// BASE_URL  the target, default http://127.0.0.1:8080
// LOGIN     user and password as user:password, default the demo target's demo:demo
import { check, group } from "k6";
import http from "k6/http";
import type { Options } from "k6/options";

const baseUrl = (__ENV.BASE_URL || "http://127.0.0.1:8080").replace(/\/+$/, "");
const [user, password] = (__ENV.LOGIN || "demo:demo").split(":");
const asJson = { "Content-Type": "application/json" };

export const options: Options = {
  vus: 1,
  iterations: 3,
  thresholds: {
    checks: ["rate==1"],
    http_req_duration: ["p(95)<500"],
  },
};

export default function () {
  group("health", () => {
    for (const path of ["/health", "/health/ready", "/health/live"]) {
      const response = http.get(baseUrl + path);
      check(response, { [`GET ${path} is 200`]: (r) => r.status === 200 });
    }
  });

  group("items", () => {
    const list = http.get(`${baseUrl}/api/items?limit=5`, { tags: { name: "/api/items" } });
    check(list, {
      "the list is 200": (r) => r.status === 200,
      "the list has five items": (r) => r.json("count") === 5,
    });

    const item = http.get(`${baseUrl}/api/items/7`, { tags: { name: "/api/items/:id" } });
    check(item, {
      "the item is 200": (r) => r.status === 200,
      "the item is the one asked for": (r) => r.json("id") === 7,
    });

    const wanted = { name: "life buoy", price: 49.5 };
    const created = http.post(`${baseUrl}/api/items`, JSON.stringify(wanted), {
      headers: asJson,
      tags: { name: "create item" },
    });
    check(created, {
      "the new item is 201": (r) => r.status === 201,
      "the new item has its name": (r) => r.json("name") === wanted.name,
    });

    const refused = http.post(`${baseUrl}/api/items`, JSON.stringify({ price: -1 }), {
      headers: asJson,
      tags: { name: "create item, invalid" },
      responseCallback: http.expectedStatuses(400),
    });
    check(refused, {
      "an invalid item is 400": (r) => r.status === 400,
      "the error says code, stage and message": (r) =>
        Boolean(r.json("code")) && r.json("stage") === "validate" && Boolean(r.json("message")),
    });
  });

  group("login", () => {
    const anonymous = http.get(`${baseUrl}/api/me`, {
      tags: { name: "/api/me, anonymous" },
      responseCallback: http.expectedStatuses(401),
    });
    check(anonymous, { "without a token it is 401": (r) => r.status === 401 });

    const login = http.post(`${baseUrl}/api/login`, JSON.stringify({ user, password }), { headers: asJson });
    check(login, { "login is 200": (r) => r.status === 200 });

    const me = http.get(`${baseUrl}/api/me`, { headers: { Authorization: `Bearer ${login.json("token")}` } });
    check(me, {
      "with the token it is 200": (r) => r.status === 200,
      "the token is the user's": (r) => r.json("user") === user,
    });
  });
}

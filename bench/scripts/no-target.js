// Iterations without a request: as much JavaScript as a small answer asks for, and a check. Nothing outside the generator
// can be the limit, so what two workers do of it shows how engines share the cores. Runs under k6 and under loadline.
import { check } from "k6";

export const options = {
  scenarios: {
    loop: {
      executor: "constant-vus",
      vus: Number(__ENV.VUS || 50),
      duration: __ENV.DURATION || "8s",
      gracefulStop: "1s",
    },
  },
};

const answer = JSON.stringify({
  items: Array.from({ length: 12 }, (_, id) => ({ id, name: `item ${id}`, price: id * 1.5, tags: ["a", "b"] })),
});

export default function () {
  const { items } = JSON.parse(answer);
  check(items, { "there are twelve": (found) => found.length === 12 });
}

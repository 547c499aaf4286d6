export const options = {
  scenarios: { endless: { executor: "constant-vus", vus: 1, duration: "1s", gracefulStop: "1s" } },
};

export default function () {
  for (;;);
}

// The bell of k6-utils: a sixth of the time up, a sixth down, and the stages between them.
import { check } from "k6";
import { normalDistributionStages } from "https://jslib.k6.io/k6-utils/1.4.0/index.js";

const shown = (stages) => stages.map(({ duration, target }) => `${duration}:${target}`).join(" ");

export default function () {
  check(null, {
    "an odd number of stages has two tops": () =>
      shown(normalDistributionStages(10, 20, 5)) === "4s:1 3s:5 3s:10 3s:10 3s:5 3s:1 4s:0",
    "an even one has one": () => shown(normalDistributionStages(50, 61, 4)) === "11s:7 11s:30 11s:50 11s:30 11s:7 11s:0",
    "ten unless told": () =>
      shown(normalDistributionStages(100, 600)) ===
      "100s:14 40s:28 40s:49 40s:73 40s:92 40s:100 40s:92 40s:73 40s:49 40s:28 40s:14 100s:0",
  });
}

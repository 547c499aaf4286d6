// The other end of the self-test: a thread that stamps what arrives.
import { type AddressInfo, createServer } from "node:net";
import { parentPort } from "node:worker_threads";
import { monotonicClock } from "../load/clock.js";
import { Histogram, quantile } from "../stats/histogram.js";
import { arrivalBytes, type SelfTestAnswer, type SelfTestQuestion } from "./self-test.js";

const now = monotonicClock();
const lateness = new Histogram();
let beginsAtMs = 0;
let gapMs = 1;
let bytes = 0;
let arrived = 0;

const server = createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    const atMs = now();
    bytes += chunk.length;
    for (; (arrived + 1) * arrivalBytes <= bytes; arrived += 1) {
      lateness.record((atMs - beginsAtMs - arrived * gapMs) * 1000);
    }
  });
});
server.listen(0, "127.0.0.1", () => tell({ port: (server.address() as AddressInfo).port }));

parentPort!.on("message", (question: SelfTestQuestion) => {
  if (question !== "result") {
    beginsAtMs = question.beginsAtMs;
    gapMs = 1000 / question.rate;
    return;
  }
  const at = (q: number): number => quantile(lateness, q);
  tell({ arrived, lateness: { samples: arrived, p50: at(0.5), p99: at(0.99), max: at(1) } });
});

function tell(answer: SelfTestAnswer): void {
  parentPort!.postMessage(answer);
}

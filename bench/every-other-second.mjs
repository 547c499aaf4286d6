// node every-other-second.mjs LOG WORDS…: `loadline`, but what is watched is sampled in every other second only. LOG gets
// when that was: [{ sampled, atNs, lastedMs }] by the monotonic clock, the seconds without samples included.
import { writeFileSync } from "node:fs";
import { main } from "../dist/cli/main.js";
import { TargetWatch } from "../dist/harness/target-watch.js";

const [log, ...words] = process.argv.slice(2);
const sample = TargetWatch.prototype.sample;
const looks = [];
TargetWatch.prototype.sample = function everyOther() {
  const look = { sampled: looks.length % 2 === 0, atNs: String(process.hrtime.bigint()), lastedMs: 0 };
  looks.push(look);
  if (!look.sampled) return;
  const beganMs = performance.now();
  sample.call(this);
  const over = () => {
    look.lastedMs = performance.now() - beganMs;
  };
  void Promise.all(this.looking.values()).then(over);
};
process.exitCode = await main([process.execPath, "loadline", ...words]);
writeFileSync(log, JSON.stringify(looks));

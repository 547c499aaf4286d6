// node every-other-second.mjs WORDS…: `loadline`, but what is watched is sampled in every other second only.
import { main } from "../dist/cli/main.js";
import { TargetWatch } from "../dist/harness/target-watch.js";

const sample = TargetWatch.prototype.sample;
let seconds = 0;
TargetWatch.prototype.sample = function everyOther() {
  if (seconds % 2 === 0) sample.call(this);
  seconds += 1;
};
process.exitCode = await main([process.execPath, "loadline", ...process.argv.slice(2)]);

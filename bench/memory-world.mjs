// The memory of METHOD's synthetic world: an hour, a sample a second.
const seconds = 3600;
const baseBytes = 120e6;
const sawToothBytes = 60e6;
const cycleSeconds = 40;
const warmUpBytes = 20e6;
/** Of the wander, from second to second: it remembers about a minute and a half. */
const wanderCorrelation = 0.99;

export const noises = { low: [0.5e6, 0.5e6], middle: [1e6, 2e6], high: [2e6, 5e6] };

/** mulberry32 and Box-Muller: small, and not the product's own numbers. */
function randomFrom(seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}

/** One run's memory, a sample a second: saw-tooth, warm-up, white noise, wander and leak. */
export function memorySeries({ leakPerHour, tau, noise: [white, wander], seed, correlation = wanderCorrelation }) {
  const { uniform, normal } = randomFrom(seed);
  const timesMs = [];
  const values = [];
  let drift = wander * normal();
  let phase = uniform();
  let length = cycleSeconds * (0.85 + 0.3 * uniform());
  for (let second = 0; second < seconds; second += 1) {
    phase += 1 / length;
    if (phase >= 1) {
      phase -= 1;
      length = cycleSeconds * (0.85 + 0.3 * uniform());
    }
    drift = correlation * drift + wander * Math.sqrt(1 - correlation ** 2) * normal();
    const warmUp = tau === 0 ? 0 : warmUpBytes * (1 - Math.exp(-second / tau));
    timesMs.push(second * 1000);
    values.push(
      baseBytes + sawToothBytes * phase + warmUp + drift + white * normal() + (leakPerHour * second) / seconds,
    );
  }
  return { timesMs, values };
}

import { blockSamples, lagOneCorrelation } from "./block-bootstrap.js";
import { median } from "./median.js";
import { seededRandom } from "./random.js";
import { studentQuantile } from "./student-t.js";
import type { Point } from "./theil-sen.js";

/** Growth of a floor in one model: a line, with or without a warm-up that dies out, with or without one step. */
export interface GrowthModel {
  /** Of the warm-up, in the unit of x; null for the bare line. */
  readonly timeConstant: number | null;
  readonly slope: number;
  readonly slopeError: number;
  /** What the warm-up adds in all; 0 for the bare line. */
  readonly amplitude: number;
  readonly amplitudeError: number;
  /** Of the line, at x = 0. */
  readonly intercept: number;
  /** How much higher the line stands after the step; 0 without one. */
  readonly step: number;
  readonly squares: number;
}

/** All that a single series says about its growth. */
export interface Growth {
  /** The line without a warm-up. */
  readonly bare: GrowthModel;
  /** The model that fits best. */
  readonly best: GrowthModel;
  /** Every model that fits about as well. */
  readonly plausible: readonly GrowthModel[];
  /** Degrees of freedom of the errors: what the points are worth, less the parameters. */
  readonly df: number;
  /** Multiply an error by this for a one-sided bound. */
  readonly factor: number;
}

// Of the time observed. A warm-up of half of it cannot be told from a line by anybody.
const timeConstantShares = [0.03, 0.05, 0.08, 0.12, 0.18, 0.25, 0.33, 0.42];
const replicates = 400;
const outlierDeviations = 4;
// What is left of the correlation once neighbours are taken into account spans few points.
const leftoverCorrelation = 0.2;

/**
 * Fits lines with warm-ups of many time constants: y = a + b x + c (1 - exp(-x / τ)), and
 * + d from a known place on, where the level changed at once: the intervention term of Box and Tiao (1975), which lets
 * both sides count toward one slope.
 *
 * Neighbours resemble each other, so the fit is a generalised one for first-order autoregressive noise (Prais and Winsten
 * 1954), its correlation taken from the best plain fit. Errors come from a circular block bootstrap of the residuals, and
 * are never less than the classical ones.
 *
 * @param points in the order of x, x from the start of the warm-up, about evenly spaced; at least six
 * @param length over which time constants are sought, in the unit of x
 * @param resolution of y: what cannot be seen is not called certain
 * @param breath by which y may wander between the ends without being seen to, in the unit of y
 * @param stepAt the first x of the other level; points on both sides
 * @param confidence of a one-sided bound, such as 0.99
 * @returns undefined for fewer than six points
 */
export function fitGrowth(
  points: readonly Point[],
  {
    length,
    resolution,
    breath = 0,
    stepAt,
    confidence,
    seed,
  }: { length: number; resolution: number; breath?: number; stepAt?: number; confidence: number; seed: number },
): Growth | undefined {
  const n = points.length;
  if (n < 6) return undefined;
  const x = points.map((point) => point.x);
  const taus = [null, ...timeConstantShares.map((share) => share * length)];
  const plain = taus.map((tau) => shapeOf(x, tau, stepAt, 0));
  const raw = points.map((point) => point.y);
  const y = withoutOutliers(raw, bestOf(plain.map((shape) => solve(shape, raw))).residuals);
  const plainBest = bestOf(plain.map((shape) => solve(shape, y)));
  const correlation = lagOneCorrelation(plainBest.residuals, plainBest.shape.parameters);
  const solved = taus.map((tau) => solve(shapeOf(x, tau, stepAt, correlation), y));
  const best = bestOf(solved);
  const samples = blockSamples(n, leftoverCorrelation, replicates, seededRandom(seed));
  const models = solved.map((one) => withErrors(one, samples, resolution, breath / (x.at(-1)! - x[0]!)));
  // One more for the correlation, which is estimated too.
  const df = Math.max(2, n - best.shape.parameters - 1);
  // Likelihood ratio of one parameter at 99 %.
  const worst = Math.max(best.squares, resolution ** 2 * 1e-6) * Math.exp(6.63 / df);
  return {
    df,
    bare: models[0]!,
    best: models[solved.indexOf(best)]!,
    plausible: models.filter((model) => model.squares <= worst),
    factor: studentQuantile(confidence, df),
  };
}

/** The weights with which each whitened value enters each coefficient of a least-squares fit; none for what is not in it. */
interface Shape {
  readonly tau: number | null;
  readonly parameters: number;
  readonly correlation: number;
  readonly x: readonly number[];
  readonly warm: readonly number[];
  readonly stepped: readonly number[];
  readonly slopeWeights: readonly number[];
  readonly warmWeights: readonly number[];
  readonly stepWeights: readonly number[];
  readonly levelWeights: readonly number[];
}

function shapeOf(x: readonly number[], tau: number | null, stepAt: number | undefined, correlation: number): Shape {
  const warm = x.map((at) => (tau === null ? 0 : 1 - Math.exp(-at / tau)));
  const stepped = x.map((at) => (stepAt === undefined || at < stepAt ? 0 : 1));
  const level = whitened(
    x.map(() => 1),
    correlation,
  );
  const line = whitened(x, correlation);
  const curve = whitened(warm, correlation);
  const step = whitened(stepped, correlation);
  const columns = [level, line, ...(tau === null ? [] : [curve]), ...(stepAt === undefined ? [] : [step])];
  const weights = (column: number[]): number[] =>
    columns.includes(column)
      ? weightsOf(
          column,
          columns.filter((other) => other !== column),
        )
      : column;
  return {
    tau,
    parameters: columns.length,
    correlation,
    x,
    warm,
    stepped,
    slopeWeights: weights(line),
    warmWeights: weights(curve),
    stepWeights: weights(step),
    levelWeights: weights(level),
  };
}

/** Each value less what its neighbour foretells. */
function whitened(values: readonly number[], correlation: number): number[] {
  return values.map((value, i) =>
    i === 0 ? value * Math.sqrt(1 - correlation ** 2) : value - correlation * values[i - 1]!,
  );
}

/** What is left of a column when the others are taken out of it, scaled to give the column's coefficient. */
function weightsOf(column: readonly number[], others: readonly (readonly number[])[]): number[] {
  const basis: number[][] = [];
  const alone = (values: readonly number[]): number[] =>
    basis.reduce((rest, one) => minus(rest, scaled(one, dot(rest, one) / dot(one, one))), [...values]);
  for (const other of others) basis.push(alone(other));
  const rest = alone(column);
  return scaled(rest, 1 / dot(rest, rest));
}

interface Solved {
  readonly shape: Shape;
  readonly slope: number;
  readonly amplitude: number;
  readonly intercept: number;
  readonly step: number;
  /** Whitened. */
  readonly residuals: readonly number[];
  readonly squares: number;
}

function solve(shape: Shape, y: readonly number[]): Solved {
  const white = whitened(y, shape.correlation);
  const slope = dot(shape.slopeWeights, white);
  const amplitude = dot(shape.warmWeights, white);
  const intercept = dot(shape.levelWeights, white);
  const step = dot(shape.stepWeights, white);
  const rest = y.map(
    (value, i) => value - intercept - slope * shape.x[i]! - amplitude * shape.warm[i]! - step * shape.stepped[i]!,
  );
  const residuals = whitened(rest, shape.correlation);
  return { shape, slope, amplitude, intercept, step, residuals, squares: dot(residuals, residuals) };
}

/** The fewest squares among the bare line and the models whose warm-up grows: memory does not cool down. */
function bestOf(solved: readonly Solved[]): Solved {
  return solved.reduce((best, next) => (next.amplitude > 0 && next.squares < best.squares ? next : best));
}

function withoutOutliers(y: readonly number[], residuals: readonly number[]): number[] {
  const limit = outlierDeviations * 1.4826 * median(residuals.map(Math.abs));
  if (limit === 0) return [...y];
  return y.map((value, i) => value - residuals[i]! + Math.min(limit, Math.max(-limit, residuals[i]!)));
}

function withErrors(
  { shape, slope, amplitude, intercept, step, residuals, squares }: Solved,
  samples: readonly Uint32Array[],
  resolution: number,
  slopeUnseen: number,
): GrowthModel {
  const n = residuals.length;
  const inflation = n / Math.max(1, n - shape.parameters - 1);
  const variance = (squares / n) * inflation + resolution ** 2 / 12;
  const errorOf = (weights: readonly number[]): number => {
    let sum = 0;
    for (const sample of samples) {
      let value = 0;
      for (let i = 0; i < n; i += 1) value += weights[i]! * residuals[sample[i]!]!;
      sum += value ** 2;
    }
    return Math.sqrt(Math.max((sum / samples.length) * inflation, variance * dot(weights, weights)));
  };
  return {
    timeConstant: shape.tau,
    slope,
    slopeError: Math.hypot(errorOf(shape.slopeWeights), slopeUnseen),
    amplitude,
    amplitudeError: shape.tau === null ? 0 : errorOf(shape.warmWeights),
    intercept,
    step,
    squares,
  };
}

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += a[i]! * b[i]!;
  return sum;
}

function scaled(values: readonly number[], by: number): number[] {
  return values.map((value) => value * by);
}

function minus(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, i) => value - b[i]!);
}

import type { ComparedRun, ComparedSide } from "../src/model/comparison.js";
import type { Random } from "../src/stats/random.js";

export const seconds: number;
export const perSecond: number;
export function moods(random: Random): Float64Array;
export function requestNoise(random: Random): number;
export function logQuantiles(random: Random, shift: number): number[];
export function runOf(id: string, random: Random, shifts: Readonly<Record<string, number>>): ComparedRun;
export function sideOf(runs: readonly ComparedRun[]): ComparedSide;
export function sessionNoise(random: Random, sd: number): [number, number];

import { median } from "./median.js";

export interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * Theil and Sen's line: the median of the slopes between all pairs of points (Sen 1968). Up to 29 % of the points
 * may be outliers. Costs n² pairs; an hour of one-minute floors has 1,770.
 *
 * @returns undefined where fewer than two points differ in x
 */
export function theilSen(points: readonly Point[]): { readonly slope: number; readonly intercept: number } | undefined {
  const slopes: number[] = [];
  for (let i = 0; i < points.length; i += 1) {
    for (let j = i + 1; j < points.length; j += 1) {
      const run = points[j]!.x - points[i]!.x;
      if (run !== 0) slopes.push((points[j]!.y - points[i]!.y) / run);
    }
  }
  if (slopes.length === 0) return undefined;
  const slope = median(slopes);
  return { slope, intercept: median(points.map((point) => point.y - slope * point.x)) };
}

/**
 * The lowest point of each span: for memory, the floor that garbage collection returns to.
 *
 * @param spanX width of a span in the unit of x, counted from the first point; an unfinished last span is kept only
 *   where it is at least half full, because a short one has not yet reached its floor
 */
export function floorOf(points: readonly Point[], spanX: number): Point[] {
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) return [];
  const floors: Point[] = [];
  for (const point of points) {
    const span = Math.floor((point.x - first.x) / spanX);
    const start = first.x + span * spanX;
    if (last.x - start < spanX / 2 && floors.length > 0) break;
    const current = floors.at(-1);
    if (current === undefined || current.x < start) floors.push(point);
    else if (point.y < current.y) floors[floors.length - 1] = point;
  }
  return floors;
}

export interface Point {
  readonly x: number;
  /** NaN breaks the line. */
  readonly y: number;
}

/**
 * Thins a line to about twice the given number of points, keeping the lowest and the highest of each stretch.
 *
 * Min-max, not an area-based choice such as LTTB: peaks are the point of a latency chart.
 */
export function decimateMinMax(points: readonly Point[], stretches = 480): readonly Point[] {
  if (points.length <= stretches * 2) return points;
  const kept: Point[] = [];
  const size = points.length / stretches;
  for (let i = 0; i < stretches; i += 1) {
    let low: Point | undefined;
    let high: Point | undefined;
    let gap: Point | undefined;
    for (let k = Math.floor(i * size); k < Math.floor((i + 1) * size); k += 1) {
      const point = points[k]!;
      if (Number.isNaN(point.y)) gap ??= point;
      else {
        if (low === undefined || point.y < low.y) low = point;
        if (high === undefined || point.y > high.y) high = point;
      }
    }
    // A gap is kept only where it fills the stretch: one missing second must not break the line of an hour.
    if (low === undefined || high === undefined) {
      if (gap !== undefined) kept.push(gap);
    } else if (low === high) kept.push(low);
    else kept.push(...(low.x < high.x ? [low, high] : [high, low]));
  }
  return kept;
}

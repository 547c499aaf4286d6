import { describe, expect, test } from "vitest";
import { Problem } from "../../src/model/problem.js";
import { segmentOf } from "../../src/script/segment-options.js";

const read = (executionSegment?: unknown, executionSegmentSequence?: unknown) =>
  segmentOf({ executionSegment, executionSegmentSequence });

describe("executionSegment", () => {
  test.each([
    ["0:1/4", undefined, { parts: [1, 3], index: 0 }],
    // What is before and after counts as one segment each.
    ["1/4:1/2", undefined, { parts: [1, 1, 2], index: 1 }],
    ["25%:50%", "0,1/4,1/2,1", { parts: [1, 1, 2], index: 1 }],
    ["0.5:1", "0,0.25,0.5,1", { parts: [1, 1, 2], index: 2 }],
    ["1/3", "0,1/3,2/3,1", { parts: [1, 1, 1], index: 0 }],
    ["2/4:1", "1/2,1", { parts: [1, 1], index: 1 }],
    ["0:2/6", "0, 1/3, 1/2, 1", { parts: [2, 1, 3], index: 0 }],
  ])("%s in %s", (segment, sequence, expected) => {
    expect(read(segment, sequence)).toEqual(expected);
  });

  test.each([
    [undefined, undefined],
    ["", ""],
    ["0:1", undefined],
    ["1", null],
    ["100%", "0,1"],
  ])("the whole test, written %s and %s, is no segment", (segment, sequence) => {
    expect(read(segment, sequence)).toBeUndefined();
  });

  test.each([
    ["half", undefined, "options.execution-segment", "options.executionSegment"],
    ["0:1/0", undefined, "options.execution-segment", "options.executionSegment"],
    ["0:1/4:1", undefined, "options.execution-segment", "options.executionSegment"],
    ["-1/4:1", undefined, "options.execution-segment", "options.executionSegment"],
    ["1/2:1/4", undefined, "options.execution-segment-empty", "options.executionSegment"],
    ["0:5/4", undefined, "options.execution-segment-beyond", "options.executionSegment"],
    ["0:1/4", "0,1/3,1", "options.execution-segment-not-in-sequence", "options.executionSegment"],
    // Which part this process has would be anybody's guess.
    [undefined, "0,1/2,1", "options.execution-segment-not-in-sequence", "options.executionSegment"],
    ["0:1/4", "0,1/2,1/4,1", "options.execution-segment-sequence", "options.executionSegmentSequence"],
    ["0:1/4", "0", "options.execution-segment-sequence", "options.executionSegmentSequence"],
    ["0:1/4", "0;1/4;1", "options.execution-segment", "options.executionSegmentSequence"],
    ["0:0.3333333", undefined, "options.execution-segment-too-fine", "options.executionSegment"],
  ])("%s in %s is refused as %s", (segment, sequence, code, at) => {
    try {
      read(segment, sequence);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      expect([error.code, error.at, error.exitCode]).toEqual([code, at, 104]);
      expect(error.found).toBeTruthy();
      expect(error.expected).toBeTruthy();
      expect(error.hint).toBeTruthy();
      return;
    }
    throw new Error("nothing was refused");
  });
});

import { describe, expect, it } from "vitest";
import { circleAround, readCorners, writeCorners } from "./fence.ts";

describe("an area in figures", () => {
  it("is read a pair a line, with either comma, and written back", () => {
    const text = "121.5, 31.2\n121.6，31.2\n\nno corner\n121.6 31.3";
    expect(readCorners(text)).toEqual([[121.5, 31.2], [121.6, 31.2], [121.6, 31.3]]);
    expect(readCorners(writeCorners([[121.5, 31.2]]))).toEqual([[121.5, 31.2]]);
  });

  it("is as wide as its radius, east and north", () => {
    const ring = circleAround([121.5, 31.2], 1000);
    const north = Math.max(...ring.map(([, lat]) => lat)) - 31.2;
    const east = Math.max(...ring.map(([lon]) => lon)) - 121.5;
    expect(north * 111_195).toBeCloseTo(1000, 0);
    expect(east * 111_195 * Math.cos((31.2 * Math.PI) / 180)).toBeCloseTo(1000, 0);
  });
});

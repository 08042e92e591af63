import { describe, expect, it } from "vitest";
import { type Track, colorOf, indexAt, labelled, linesOf, momentAt, nearestRow } from "./track.ts";
import { endsOf } from "./track_drawing.ts";
import { tell } from "./track_player.ts";

const MINUTE = 60_000;
const track: Track = {
  time: [0, MINUTE, 2 * MINUTE, 20 * MINUTE, 21 * MINUTE],
  lon: [121.5, 121.51, 121.52, 121.6, 121.61],
  lat: [31.2, 31.2, 31.2, 31.3, 31.3],
  speed: [30, 30, 60, 0, null],
  heading: [90, 90, 90, null, null],
  stops: [{ from: 0, to: 3 * MINUTE, lon: 121.6, lat: 31.3 }],
  steps: [[0, "gray"], [5, "blue"], [50, "amber"]],
  gap_ms: 10 * MINUTE,
};
const words = { began: "Start", ended: "End", minutes: "{minutes} min", speed: "{speed} km/h", unknown: "no position" };

describe("a track", () => {
  it("has the color of the speed it was driven with", () => {
    expect([null, 4.9, 5, 49, 50, 200].map((speed) => colorOf(speed, track.steps))).toEqual(["gray", "gray", "blue", "blue", "amber", "amber"]);
  });

  it("is one line for each stretch of a color, and a gap is its own", () => {
    const lines = linesOf(track).features;
    expect(lines.map(({ properties }) => [properties.color, properties.unknown])).toEqual([["blue", false], ["amber", true], ["gray", false]]);
    expect(lines[0]?.geometry.coordinates).toEqual([[121.5, 31.2], [121.51, 31.2], [121.52, 31.2]]);
  });

  it("is read in between positions, and nowhere within a gap", () => {
    expect(momentAt(track, MINUTE / 2).lon).toBeCloseTo(121.505, 6);
    expect(momentAt(track, 10 * MINUTE)).toMatchObject({ lon: 121.52, speed: null, unknown: true });
    expect(momentAt(track, -5).lon).toBe(121.5);
    expect(momentAt(track, 99 * MINUTE)).toMatchObject({ lon: 121.61, unknown: false });
  });

  it("finds the position of an instant by halving", () => {
    for (const at of [-1, 0, 1, MINUTE, 5 * MINUTE, 21 * MINUTE, 30 * MINUTE])
      expect(indexAt(track.time, at)).toBe(Math.max(0, track.time.filter((time) => time <= at).length - 1));
  });

  it("bears few times however long it is, none at its ends", () => {
    expect(labelled(5, 80)).toEqual([1, 2, 3]);
    expect(labelled(5000, 80).length).toBeLessThanOrEqual(80);
    expect(labelled(1, 80)).toEqual([]);
  });

  it("is taken by the hand where it is near enough", () => {
    const project = (lon: number, lat: number) => ({ x: (lon - 121.5) * 1000, y: (lat - 31.2) * 1000 });
    expect(nearestRow(track, 11, 3, project, 16)).toBe(1);
    expect(nearestRow(track, 60, 60, project, 16)).toBe(-1);
  });

  it("names its ends and how long it stood", () => {
    expect(endsOf(track, words).features.map(({ properties }) => properties["label"])).toEqual(["3 min", "Start", "End"]);
  });
});

describe("what is said of a moment", () => {
  it("is the time and the speed", () => {
    expect(tell(2 * MINUTE, momentAt(track, 2 * MINUTE), words)).toBe("08:02:00 · 60 km/h");
    expect(tell(21 * MINUTE, momentAt(track, 21 * MINUTE), words)).toBe("08:21:00");
  });

  it("says so where nobody knows", () => {
    expect(tell(0, momentAt(track, 10 * MINUTE), words)).toBe("08:00:00 · no position");
  });
});

import { describe, expect, it } from "vitest";
import { readReadings, waitBefore } from "./live.ts";

describe("the wait before the stream is opened again", () => {
  it("doubles from half a second to a second up to a minute", () => {
    expect([0, 1, 2, 3].map((attempt) => waitBefore(attempt, 1))).toEqual([1000, 2000, 4000, 8000]);
    expect(waitBefore(6, 1)).toBe(60_000);
    expect(waitBefore(1000, 1)).toBe(60_000);
  });

  it("spreads a herd over half of it and is never none", () => {
    expect(waitBefore(3, 0)).toBe(4000);
    expect(waitBefore(3, 0.5)).toBe(6000);
    expect(waitBefore(0, 0)).toBeGreaterThan(0);
  });
});

describe("a message of the stream", () => {
  const reading = { datastream: 7, time: 1_795_000_000_000, result: 35, quality: 0 };

  it("is a list of readings, bare or under their name", () => {
    expect(readReadings(JSON.stringify([reading]))).toEqual([reading]);
    expect(readReadings(JSON.stringify({ readings: [reading] }))).toEqual([reading]);
  });

  it("may be about something else", () => {
    expect(readReadings('{"epoch":"1a"}')).toEqual([]);
  });
});

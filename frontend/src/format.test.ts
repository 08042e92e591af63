import { expect, it } from "vitest";
import { formatClock, formatNumber, formatTick } from "./format.ts";

const HOUR_MS = 3_600_000;
const midnight = new Date("2026-11-21T16:00:00Z"); // in Shanghai

it("shows as many decimals as say something, unless told", () => {
  expect([0.1234, 12.34, 1234.5].map((value) => formatNumber(value))).toEqual(["0.12", "12.3", "1,235"]);
  expect(formatNumber(-12.34)).toBe("-12.3");
  expect(formatNumber(3, 2)).toBe("3.00");
});

it("tells the district's time, and midnight as 00:00", () => {
  expect(formatClock(midnight)).toBe("00:00");
});

it("labels an axis by hours, days or months as its span asks", () => {
  expect(formatTick(midnight, 24 * HOUR_MS)).toBe("00:00");
  expect(formatTick(midnight, 30 * 24 * HOUR_MS)).toBe("11/22");
  expect(formatTick(midnight, 400 * 24 * HOUR_MS)).toBe("11/2026");
});

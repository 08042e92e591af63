import { expect, it } from "vitest";
import { cell, table, toCsv } from "./csv.ts";
import type { ChartSpec } from "./spec.ts";

const hours: ChartSpec = {
  kind: "line",
  title: "PM2.5",
  unit: "µg/m³",
  x: "time",
  series: [
    { name: "Zhangjiang", points: [["2026-11-22T09:00:00+08:00", 35], ["2026-11-22T08:00:00+08:00", 30]] },
    { name: "Chuansha", points: [["2026-11-22T09:00:00+08:00", null]] },
  ],
  bands: [{ name: "expected", points: [["2026-11-22T10:00:00+08:00", 20, 50]] }],
};

it("quotes what RFC 4180 says must be quoted", () => {
  expect(cell('say "hello", world')).toBe('"say ""hello"", world"');
  expect(cell("two\nlines")).toBe('"two\nlines"');
  expect(cell("陆家嘴")).toBe("陆家嘴");
  expect(cell(null)).toBe("");
});

it("disarms text that a spreadsheet would run, and leaves negative numbers alone", () => {
  expect(cell("=HYPERLINK(1)")).toBe("'=HYPERLINK(1)");
  expect(cell("@SUM(A1)")).toBe("'@SUM(A1)");
  expect(cell(-4.2)).toBe("-4.2");
});

it("has a row an instant in order of time, a column a series and two a band", () => {
  expect(table(hours)).toEqual([
    ["time", "Zhangjiang (µg/m³)", "Chuansha (µg/m³)", "expected ≥ (µg/m³)", "expected ≤ (µg/m³)"],
    ["2026-11-22T08:00:00+08:00", 30, null, null, null],
    ["2026-11-22T09:00:00+08:00", 35, null, null, null],
    ["2026-11-22T10:00:00+08:00", null, null, 20, 50],
  ]);
});

it("keeps categories in the order they were given", () => {
  const spec: ChartSpec = { kind: "bar", title: "", x: "category", series: [{ name: "n", points: [["b", 1], ["a", 2]] }] };
  expect(table(spec).map(([x]) => x)).toEqual(["", "b", "a"]);
});

it("opens in the right characters and ends every line as the standard says", () => {
  const text = toCsv(hours);
  expect(text.charCodeAt(0)).toBe(0xfeff);
  expect(text.split("\r\n")).toHaveLength(5);
  expect(text.endsWith("\r\n")).toBe(true);
});

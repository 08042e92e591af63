/** A chart's numbers as a CSV file that spreadsheet programs open in the right characters. */
import type { ChartSpec } from "./spec.ts";

const BYTE_ORDER_MARK = "\uFEFF";

/** RFC 4180 quoting; a leading sign that a spreadsheet would run as a formula is disarmed. */
export function cell(value: string | number | null): string {
  if (value === null) return "";
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Header and rows: x, one column a series, two a band. */
export function table(spec: ChartSpec): (string | number | null)[][] {
  const columns = [
    ...spec.series.map((series) => ({ name: series.name, points: series.points })),
    ...(spec.bands ?? []).flatMap((band) => [
      { name: `${band.name} ≥`, points: band.points.map(([x, low]) => [x, low] as const) },
      { name: `${band.name} ≤`, points: band.points.map(([x, , high]) => [x, high] as const) },
    ]),
  ];
  const lookups = columns.map((column) => new Map(column.points.map(([x, y]) => [x, y])));
  const all = [...new Set(columns.flatMap((column) => column.points.map(([x]) => x)))];
  const order = spec.x === "time" ? all.sort((a, b) => Date.parse(a) - Date.parse(b)) : all;
  const unit = spec.unit ? ` (${spec.unit})` : "";
  return [
    [spec.x === "time" ? "time" : "", ...columns.map((column) => column.name + unit)],
    ...order.map((x) => [x, ...lookups.map((lookup) => lookup.get(x) ?? null)]),
  ];
}

export function toCsv(spec: ChartSpec): string {
  return BYTE_ORDER_MARK + table(spec).map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

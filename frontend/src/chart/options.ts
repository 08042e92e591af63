/** From our chart description to ECharts options, in the page's own colors. */
import type { EChartsCoreOption } from "echarts/core";
import { formatInstant, formatNumber, formatTick } from "../format.ts";
import type { Band, ChartSpec, Limit, Series } from "./spec.ts";

export type Color = (token: string) => string;

const SERIES_COLOURS = 6;

function span(spec: ChartSpec): number {
  const times = [...spec.series, ...(spec.bands ?? [])].flatMap((row) =>
    row.points.map(([x]) => Date.parse(x)),
  );
  return times.length ? Math.max(...times) - Math.min(...times) : 0;
}

function seriesColor(series: Series, index: number, color: Color): string {
  return color(series.color ?? `--series-${(index % SERIES_COLOURS) + 1}`);
}

function lineOf(spec: ChartSpec, series: Series, index: number, color: Color): object {
  const paint = seriesColor(series, index, color);
  return {
    type: spec.kind === "bar" ? "bar" : "line",
    name: series.name,
    data: spec.horizontal ? series.points.map(([, y]) => y) : series.points,
    step: spec.kind === "steps" ? "end" : false,
    ...(spec.stacked ? { stack: "all" } : {}),
    showSymbol: series.points.length < 3,
    symbolSize: 6,
    barMaxWidth: 28,
    itemStyle: { color: paint, ...(spec.kind === "bar" ? { borderRadius: 2 } : {}) },
    lineStyle: { width: 2, type: series.dashed ? "dashed" : "solid" },
    ...(series.area ? { areaStyle: { opacity: 0.12 } } : {}),
    ...(index === 0 ? { markLine: limitLines(spec.limits ?? [], color) } : {}),
  };
}

/** Limits may lie beyond the data; an unseen point each makes the axis reach them. */
function limitReach(spec: ChartSpec): object[] {
  const x = spec.x === "time" ? spec.series[0]?.points[0]?.[0] : spec.categories?.[0];
  if (!x || !spec.limits?.length || spec.horizontal) return [];
  const data = spec.limits.map((limit) => [x, limit.value]);
  return [{ type: "scatter", data, symbolSize: 0, silent: true, tooltip: { show: false } }];
}

/** A band is an unseen lower line with the height stacked on it. */
function bandLines(band: Band, index: number, color: Color): object[] {
  const shared = { type: "line", stack: `band-${index}`, symbol: "none", silent: true, lineStyle: { opacity: 0 } };
  const fill = { color: color("--river"), opacity: 0.16 };
  return [
    { ...shared, data: band.points.map(([x, low]) => [x, low]), tooltip: { show: false } },
    { ...shared, name: band.name, data: band.points.map(([x, low, high]) => [x, high - low]), areaStyle: fill, itemStyle: { color: fill.color }, tooltip: { show: false } },
  ];
}

function limitLines(limits: Limit[], color: Color): object {
  return {
    silent: true,
    symbol: "none",
    data: limits.map((limit) => {
      const paint = color(limit.tone ? `--${limit.tone}` : "--ink-soft");
      return {
        yAxis: limit.value,
        lineStyle: { color: paint, type: [6, 4], width: 1.5 },
        label: { formatter: limit.name, position: "insideStartTop", color: paint, fontSize: 12 },
      };
    }),
  };
}

function axes(spec: ChartSpec, color: Color): object {
  const spanMs = spec.x === "time" ? span(spec) : 0;
  const faint = color("--ink-soft");
  const label = { color: faint, fontSize: 12, hideOverlap: true };
  const words = {
    type: spec.x,
    ...(spec.x === "category" ? { data: spec.categories ?? [] } : {}),
    axisLine: { lineStyle: { color: color("--line-strong") } },
    axisTick: { show: false },
    splitLine: { show: false },
    axisLabel: spec.x === "time" ? { ...label, formatter: (at: number) => formatTick(new Date(at), spanMs) } : label,
  };
  const values = {
    type: "value",
    name: spec.unit ?? "",
    nameTextStyle: { color: faint, align: spec.horizontal ? "center" : "left" },
    scale: spec.kind !== "bar",
    splitNumber: 4,
    ...(spec.min === undefined ? {} : { min: spec.min }),
    ...(spec.max === undefined ? {} : { max: spec.max }),
    splitLine: { lineStyle: { color: color("--line") } },
    axisLabel: { ...label, formatter: (value: number) => formatNumber(value) },
  };
  return spec.horizontal
    ? { xAxis: values, yAxis: { ...words, inverse: true } }
    : { xAxis: words, yAxis: values };
}

function tooltip(spec: ChartSpec, color: Color): object {
  return {
    trigger: "axis",
    backgroundColor: color("--surface-raised"),
    borderColor: color("--line"),
    textStyle: { color: color("--ink"), fontSize: 13 },
    axisPointer: { lineStyle: { color: color("--line-strong") }, label: { formatter: pointerLabel(spec) } },
    valueFormatter: (value: unknown) =>
      typeof value === "number" ? `${formatNumber(value, spec.decimals)} ${spec.unit ?? ""}` : "—",
  };
}

function pointerLabel(spec: ChartSpec): (parameters: { value: unknown }) => string {
  return ({ value }) => (spec.x === "time" ? formatInstant(new Date(Number(value))) : String(value));
}

/** All ECharts needs to draw `spec`; pure but for the colors it asks for. */
export function chartOptions(spec: ChartSpec, color: Color, fontFamily: string): EChartsCoreOption {
  const names = [...spec.series, ...(spec.bands ?? [])].map((row) => row.name);
  const named = names.length > 1;
  return {
    animation: false,
    textStyle: { fontFamily },
    aria: { enabled: true, label: { description: spec.title } },
    legend: {
      show: named,
      data: names,
      top: 0,
      right: 0,
      icon: "roundRect",
      itemWidth: 16,
      itemHeight: 4,
      textStyle: { color: color("--ink-soft") },
    },
    grid: { left: 8, right: 16, top: named ? 44 : 34, bottom: 8, outerBoundsMode: "same" },
    tooltip: tooltip(spec, color),
    ...axes(spec, color),
    series: [
      ...(spec.bands ?? []).flatMap((band, index) => bandLines(band, index, color)),
      ...spec.series.map((series, index) => lineOf(spec, series, index, color)),
      ...limitReach(spec),
    ],
  };
}

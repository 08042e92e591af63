/** From our chart description to ECharts options, in the page's own colours. */
import type { EChartsCoreOption } from "echarts/core";
import { formatInstant, formatNumber, formatTick } from "../format.ts";
import type { Band, ChartSpec, Limit, Series } from "./spec.ts";

export type Colour = (token: string) => string;

const SERIES_COLOURS = 6;

function span(spec: ChartSpec): number {
  const times = [...spec.series, ...(spec.bands ?? [])].flatMap((row) =>
    row.points.map(([x]) => Date.parse(x)),
  );
  return times.length ? Math.max(...times) - Math.min(...times) : 0;
}

function seriesColour(series: Series, index: number, colour: Colour): string {
  return colour(series.colour ?? `--series-${(index % SERIES_COLOURS) + 1}`);
}

function lineOf(spec: ChartSpec, series: Series, index: number, colour: Colour): object {
  const paint = seriesColour(series, index, colour);
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
    ...(index === 0 ? { markLine: limitLines(spec.limits ?? [], colour) } : {}),
  };
}

/** A band is an unseen lower line with the height stacked on it. */
function bandLines(band: Band, index: number, colour: Colour): object[] {
  const shared = { type: "line", stack: `band-${index}`, symbol: "none", silent: true, lineStyle: { opacity: 0 } };
  const fill = { color: colour("--river"), opacity: 0.16 };
  return [
    { ...shared, data: band.points.map(([x, low]) => [x, low]), tooltip: { show: false } },
    { ...shared, name: band.name, data: band.points.map(([x, low, high]) => [x, high - low]), areaStyle: fill, itemStyle: { color: fill.color }, tooltip: { show: false } },
  ];
}

function limitLines(limits: Limit[], colour: Colour): object {
  return {
    silent: true,
    symbol: "none",
    data: limits.map((limit) => {
      const paint = colour(limit.tone ? `--${limit.tone}` : "--ink-soft");
      return {
        yAxis: limit.value,
        lineStyle: { color: paint, type: [6, 4], width: 1.5 },
        label: { formatter: limit.name, position: "insideStartTop", color: paint, fontSize: 12 },
      };
    }),
  };
}

function axes(spec: ChartSpec, colour: Colour): object {
  const spanMs = spec.x === "time" ? span(spec) : 0;
  const faint = colour("--ink-soft");
  const label = { color: faint, fontSize: 12, hideOverlap: true };
  const words = {
    type: spec.x,
    ...(spec.x === "category" ? { data: spec.categories ?? [] } : {}),
    axisLine: { lineStyle: { color: colour("--line-strong") } },
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
    splitLine: { lineStyle: { color: colour("--line") } },
    axisLabel: { ...label, formatter: (value: number) => formatNumber(value) },
  };
  return spec.horizontal
    ? { xAxis: values, yAxis: { ...words, inverse: true } }
    : { xAxis: words, yAxis: values };
}

function tooltip(spec: ChartSpec, colour: Colour): object {
  return {
    trigger: "axis",
    backgroundColor: colour("--surface-raised"),
    borderColor: colour("--line"),
    textStyle: { color: colour("--ink"), fontSize: 13 },
    axisPointer: { lineStyle: { color: colour("--line-strong") }, label: { formatter: pointerLabel(spec) } },
    valueFormatter: (value: unknown) =>
      typeof value === "number" ? `${formatNumber(value, spec.decimals)} ${spec.unit ?? ""}` : "—",
  };
}

function pointerLabel(spec: ChartSpec): (parameters: { value: unknown }) => string {
  return ({ value }) => (spec.x === "time" ? formatInstant(new Date(Number(value))) : String(value));
}

/** All ECharts needs to draw `spec`; pure but for the colours it asks for. */
export function chartOptions(spec: ChartSpec, colour: Colour): EChartsCoreOption {
  const named = spec.series.length + (spec.bands?.length ?? 0) > 1;
  return {
    animation: false,
    textStyle: { fontFamily: "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif" },
    aria: { enabled: true, label: { description: spec.title } },
    legend: { show: named, top: 0, right: 0, textStyle: { color: colour("--ink-soft") }, itemWidth: 18 },
    grid: { left: 8, right: 16, top: named ? 44 : 34, bottom: 8, outerBoundsMode: "same" },
    tooltip: tooltip(spec, colour),
    ...axes(spec, colour),
    series: [
      ...(spec.bands ?? []).flatMap((band, index) => bandLines(band, index, colour)),
      ...spec.series.map((series, index) => lineOf(spec, series, index, colour)),
    ],
  };
}

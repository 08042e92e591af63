/**
 * Charts. `<figure class="chart" data-chart>` holds its description in a JSON script and a table of
 * the same numbers, which is what readers without sight or script get.
 */
import { BarChart, LineChart, ScatterChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { type EChartsType, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { toCsv } from "./chart/csv.ts";
import { chartOptions } from "./chart/options.ts";
import type { ChartSpec } from "./chart/spec.ts";
import { onTheme, tokenColor } from "./theme.ts";
import { language } from "./words.ts";

use([BarChart, LineChart, ScatterChart, AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, CanvasRenderer]);

function readSpec(figure: HTMLElement): ChartSpec {
  const script = figure.querySelector<HTMLScriptElement>("script[type='application/json']");
  return JSON.parse(script?.textContent ?? "") as ChartSpec;
}

function save(name: string, href: string): void {
  const link = document.createElement("a");
  link.href = href;
  link.download = name;
  link.click();
}

function saveCsv(spec: ChartSpec): void {
  const href = URL.createObjectURL(new Blob([toCsv(spec)], { type: "text/csv;charset=utf-8" }));
  save(`${spec.title}.csv`, href);
  URL.revokeObjectURL(href);
}

function savePicture(spec: ChartSpec, chart: EChartsType, figure: Element): void {
  const backgroundColor = tokenColor(figure, "--surface");
  save(`${spec.title}.png`, chart.getDataURL({ type: "png", pixelRatio: 2, backgroundColor }));
}

/** Draw the figure and keep it fitting its frame and the theme. */
export function drawChart(figure: HTMLElement): void {
  const plot = figure.querySelector<HTMLElement>(".chart-plot");
  if (!plot) return;
  const spec = readSpec(figure);
  const chart = init(plot, null, { locale: language.startsWith("zh") ? "ZH" : "EN" });
  const draw = (): void =>
    chart.setOption(
      chartOptions(spec, (token) => tokenColor(figure, token), getComputedStyle(figure).fontFamily),
      { notMerge: true },
    );
  draw();
  plot.dataset["drawn"] = "";
  new ResizeObserver(() => chart.resize()).observe(plot);
  onTheme(figure, draw);
  figure.querySelector("[data-chart-csv]")?.addEventListener("click", () => saveCsv(spec));
  figure.querySelector("[data-chart-png]")?.addEventListener("click", () => savePicture(spec, chart, figure));
}

/** The switches beside a map, and the list that says the same as the map without sight or mouse. */
import type { LngLat } from "maplibre-gl";
import { word } from "../words.ts";
import type { Layer, Listed } from "./layers.ts";
import { isOwnAddress } from "./popup.ts";
import type { FeatureFacts, LayerSpec } from "./spec.ts";

/** More rows than a reader goes through, and what a page bears. */
const MOST_LISTED = 200;

type Fly = (geometry: GeoJSON.Geometry, facts: FeatureFacts) => void;

function legendRow([color, text]: [string, string]): HTMLLIElement {
  const row = document.createElement("li");
  const swatch = document.createElement("span");
  swatch.className = "legend-color";
  swatch.style.background = color;
  row.append(swatch, text);
  return row;
}

function switchOf(layer: Layer, toggle: (shown: boolean) => void): HTMLLabelElement {
  const label = document.createElement("label");
  label.className = "layer-switch";
  const box = document.createElement("input");
  box.type = "checkbox";
  box.checked = layer.shown;
  box.addEventListener("change", () => toggle(box.checked));
  label.append(box, layer.spec.title);
  return label;
}

function legendOf(spec: LayerSpec): HTMLUListElement {
  const list = document.createElement("ul");
  list.className = "legend";
  list.append(...spec.legend.map(legendRow));
  return list;
}

export function buildPanel(panel: HTMLElement, layers: Layer[], toggle: (layer: Layer, shown: boolean) => void): void {
  panel.replaceChildren(
    ...layers.map((layer) => {
      const group = document.createElement("section");
      group.className = "layer";
      group.append(switchOf(layer, (shown) => toggle(layer, shown)), legendOf(layer.spec));
      return group;
    }),
  );
}

function listRow({ facts, geometry }: Listed, key: string, fly: Fly): HTMLLIElement {
  const row = document.createElement("li");
  const show = document.createElement("button");
  show.type = "button";
  show.className = "list-show";
  show.dataset["key"] = key;
  show.textContent = facts.title ?? "";
  show.addEventListener("click", () => fly(geometry, facts));
  const value = document.createElement("span");
  value.className = "list-value";
  value.textContent = String(facts.value ?? facts.summary ?? "");
  row.append(show, value);
  if (facts.url && isOwnAddress(facts.url)) {
    const link = document.createElement("a");
    link.href = facts.url;
    link.textContent = word("map_open");
    link.setAttribute("aria-label", `${word("map_open")}: ${facts.title ?? ""}`);
    row.append(link);
  }
  return row;
}

function layerRows(layer: Layer, near: LngLat, fly: Fly): HTMLElement[] {
  const listed = layer.list(near, MOST_LISTED);
  const text = (tag: string, textContent: string): HTMLElement => Object.assign(document.createElement(tag), { textContent });
  const told = layer.failed ? [text("p", word("map_layer_failed"))] : [];
  if (listed.length < layer.count) told.push(text("p", word("map_listed", { shown: listed.length, count: layer.count })));
  const rows = document.createElement("ul");
  rows.append(...listed.map((row, index) => listRow(row, `${layer.spec.id}:${row.facts.thing ?? index}`, fly)));
  return [text("h3", `${layer.spec.title} (${layer.count})`), ...told, rows];
}

/** Surfaces are left out: a thousand cells say nothing in a list. The focus stays on its row. */
export function buildList(list: HTMLElement, layers: Layer[], near: LngLat, fly: Fly): void {
  const shown = layers.filter((layer) => layer.shown && layer.spec.kind !== "surface");
  const focused = list.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset["key"] : undefined;
  list.replaceChildren(...shown.flatMap((layer) => layerRows(layer, near, fly)));
  if (focused) list.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

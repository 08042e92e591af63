/** The switches beside a map, and the list that says the same as the map without sight or mouse. */
import { word } from "../words.ts";
import { type Layer, factsOf } from "./layers.ts";
import { isOwnAddress } from "./popup.ts";
import type { LayerSpec } from "./spec.ts";

type Fly = (geometry: GeoJSON.Geometry) => void;

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

function featureRow(feature: GeoJSON.Feature, fly: Fly): HTMLLIElement {
  const facts = factsOf(feature);
  const row = document.createElement("li");
  const show = document.createElement("button");
  show.type = "button";
  show.className = "list-show";
  show.textContent = facts.title ?? "";
  show.addEventListener("click", () => fly(feature.geometry));
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

/** Surfaces are left out: a thousand cells say nothing in a list. */
export function buildList(list: HTMLElement, layers: Layer[], fly: Fly): void {
  const shown = layers.filter((layer) => layer.shown && layer.spec.kind !== "surface");
  list.replaceChildren(
    ...shown.flatMap((layer) => {
      const head = document.createElement("h3");
      head.textContent = `${layer.spec.title} (${layer.features.features.length})`;
      const rows = document.createElement("ul");
      rows.append(...layer.features.features.map((feature) => featureRow(feature, fly)));
      const told = layer.failed ? [Object.assign(document.createElement("p"), { textContent: word("map_layer_failed") })] : [];
      return [head, ...told, rows];
    }),
  );
}

/** The map's own drawing: land of the district, its places and their names, in the page's colors. */
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";
import { type Color, MAP_FONT } from "./drawing.ts";
import { movingDrawing } from "./moving.ts";
import type { Features, LayerSpec, MapSpec } from "./spec.ts";

const EMPTY: Features = { type: "FeatureCollection", features: [] };

export function baseStyle(spec: MapSpec, color: Color): StyleSpecification {
  return {
    version: 8,
    sources: {
      places: { type: "geojson", data: spec.base_url, promoteId: "code" },
      ...(spec.tiles_url ? { tiles: tileSource(spec) } : {}),
    },
    layers: [
      { id: "outside", type: "background", paint: { "background-color": color("--map-outside") } },
      ...(spec.tiles_url ? [{ id: "tiles", type: "raster", source: "tiles" } as LayerSpecification] : []),
      ...placeLayers(spec, color),
    ],
  };
}

function tileSource(spec: MapSpec): StyleSpecification["sources"][string] {
  return { type: "raster", tiles: [spec.tiles_url ?? ""], tileSize: 256, attribution: spec.tiles_credit ?? "" };
}

function placeLayers(spec: MapSpec, color: Color): LayerSpecification[] {
  return [
    { id: "land", type: "fill", source: "places", paint: { "fill-color": color("--map-land"), "fill-opacity": spec.tiles_url ? 0.25 : 1 } },
    { id: "borders", type: "line", source: "places", paint: { "line-color": color("--map-border"), "line-width": ["interpolate", ["linear"], ["zoom"], 8, 0.6, 13, 1.6] } },
    nameLayer(color),
  ];
}

function nameLayer(color: Color): LayerSpecification {
  return {
    id: "names",
    type: "symbol",
    source: "places",
    minzoom: 8.6,
    layout: {
      "text-field": ["get", "name"],
      "text-font": MAP_FONT,
      "text-size": ["interpolate", ["linear"], ["zoom"], 9, 11, 13, 15],
      "text-max-width": 8,
      "text-padding": 6,
    },
    paint: { "text-color": color("--map-name"), "text-halo-color": color("--map-land"), "text-halo-width": 1.4 },
  };
}

/** Drawing of one declared layer, bottom first; ids start with the layer's id. */
export function layerDrawing(layer: LayerSpec, color: Color): LayerSpecification[] {
  const paint: ExpressionSpecification = ["coalesce", ["get", "color"], color("--river")];
  if (layer.kind === "points") return pointDrawing(layer.id, paint, color);
  if (layer.kind === "moving") return movingDrawing(layer.id, color);
  const opacity = layer.kind === "surface" ? 0.62 : 0.5;
  const fill: LayerSpecification = { id: `${layer.id}:fill`, type: "fill", source: layer.id, paint: { "fill-color": paint, "fill-opacity": opacity, "fill-antialias": layer.kind !== "surface" } };
  if (layer.kind === "surface") return [fill];
  return [fill, { id: `${layer.id}:line`, type: "line", source: layer.id, paint: { "line-color": paint, "line-width": 1.5 } }];
}

function pointDrawing(id: string, paint: ExpressionSpecification, color: Color): LayerSpecification[] {
  const labelled: ExpressionSpecification = ["has", "label"];
  return [
    {
      id: `${id}:point`,
      type: "circle",
      source: id,
      paint: {
        "circle-color": paint,
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 9, ["case", labelled, 11, 5], 13, ["case", labelled, 16, 8]],
        "circle-stroke-width": 2,
        "circle-stroke-color": color("--surface"),
      },
    },
    {
      id: `${id}:label`,
      type: "symbol",
      source: id,
      filter: labelled,
      layout: { "text-field": ["get", "label"], "text-font": MAP_FONT, "text-size": ["interpolate", ["linear"], ["zoom"], 9, 10.5, 13, 13], "text-allow-overlap": true },
      paint: { "text-color": ["coalesce", ["get", "ink"], "#10262d"] },
    },
    {
      id: `${id}:title`,
      type: "symbol",
      source: id,
      minzoom: 11.5,
      layout: { "text-field": ["get", "title"], "text-font": MAP_FONT, "text-size": 13, "text-offset": [0, 1.5], "text-anchor": "top", "text-optional": true },
      paint: { "text-color": color("--ink"), "text-halo-color": color("--map-land"), "text-halo-width": 1.6 },
    },
  ];
}

export const emptyFeatures = EMPTY;

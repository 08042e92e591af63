/**
 * Things that move: a layer's features are kept where the live stream says they are. However many
 * move, the map is given the whole only so often, and draws those that lie together as one.
 */
import type { LayerSpecification, Map as LibreMap } from "maplibre-gl";
import type { Positions } from "../live.ts";
import { type Color, MAP_FONT } from "./drawing.ts";
import type { FeatureFacts, Features } from "./spec.ts";

/** Between two drawings, for a map of a few things and for one of ten thousand. */
const SOONEST_MS = 500;
const MS_PER_FEATURE = 0.15;
const CLUSTER_MAX_ZOOM = 13;
const CLUSTER_RADIUS = 46;
const MOVING_KMH = 3;

/** How a source of moving things is made: what lies together on the screen is one. */
export const movingSource = { cluster: true, clusterMaxZoom: CLUSTER_MAX_ZOOM, clusterRadius: CLUSTER_RADIUS } as const;

/** The least time between two drawings of so many features. */
export const pauseBetween = (features: number): number => Math.max(SOONEST_MS, features * MS_PER_FEATURE);

/** Move the features whose `thing` the positions name; the things that no feature stands for. */
export function moveFeatures(features: Features, positions: Positions): number[] {
  const at = new Map(positions.thing.map((thing, index) => [thing, index]));
  for (const feature of features.features) {
    const index = at.get(feature.properties?.thing ?? -1);
    if (index === undefined || feature.geometry.type !== "Point") continue;
    feature.geometry.coordinates = [positions.lon[index] ?? 0, positions.lat[index] ?? 0];
    Object.assign(feature.properties, motionOf(positions.speed[index], positions.heading[index]));
    at.delete(feature.properties?.thing ?? -1);
  }
  return [...at.keys()];
}

function motionOf(speed: number | null | undefined, heading: number | null | undefined): FeatureFacts {
  const moves = typeof speed === "number" && speed > MOVING_KMH && typeof heading === "number";
  return { moves: moves ? 1 : 0, heading: heading ?? 0, ...(typeof speed === "number" ? { value: `${Math.round(speed)} km/h` } : {}) };
}

/** A dot for each thing, an arrow where it goes, and a larger dot with a number for many. */
export function movingDrawing(id: string, color: Color): LayerSpecification[] {
  return [
    {
      id: `${id}:cluster`,
      type: "circle",
      source: id,
      filter: ["has", "point_count"],
      paint: {
        "circle-color": color("--river"),
        "circle-opacity": 0.85,
        "circle-radius": ["interpolate", ["linear"], ["get", "point_count"], 2, 12, 100, 20, 2000, 34],
        "circle-stroke-width": 2,
        "circle-stroke-color": color("--surface"),
      },
    },
    {
      id: `${id}:count`,
      type: "symbol",
      source: id,
      filter: ["has", "point_count"],
      layout: { "text-field": ["get", "point_count"], "text-font": MAP_FONT, "text-size": 12.5, "text-allow-overlap": true },
      paint: { "text-color": color("--surface") },
    },
    {
      id: `${id}:point`,
      type: "circle",
      source: id,
      filter: ["!", ["has", "point_count"]],
      paint: {
        "circle-color": ["coalesce", ["get", "color"], color("--river")],
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 9, 5, 13, 8],
        "circle-stroke-width": 2,
        "circle-stroke-color": color("--surface"),
      },
    },
    {
      id: `${id}:heading`,
      type: "symbol",
      source: id,
      filter: ["all", ["!", ["has", "point_count"]], ["==", ["get", "moves"], 1]],
      layout: {
        "text-field": "▲",
        "text-font": MAP_FONT,
        "text-size": 11,
        "text-rotate": ["get", "heading"],
        "text-rotation-alignment": "map",
        "text-offset": [0, -1.25],
        "text-allow-overlap": true,
        "text-ignore-placement": true,
      },
      paint: { "text-color": color("--ink"), "text-halo-color": color("--map-land"), "text-halo-width": 1.2 },
    },
    {
      id: `${id}:title`,
      type: "symbol",
      source: id,
      minzoom: 12.5,
      filter: ["!", ["has", "point_count"]],
      layout: { "text-field": ["get", "title"], "text-font": MAP_FONT, "text-size": 13, "text-offset": [0, 1.2], "text-anchor": "top", "text-optional": true },
      paint: { "text-color": color("--ink"), "text-halo-color": color("--map-land"), "text-halo-width": 1.6 },
    },
  ];
}

/** Go nearer to what a larger dot stands for. */
export function wireClusters(map: LibreMap, id: string): void {
  map.on("click", `${id}:cluster`, (event) => {
    const center = event.features?.[0]?.geometry;
    if (center?.type !== "Point") return;
    map.easeTo({ center: center.coordinates as [number, number], zoom: Math.min(map.getZoom() + 2, CLUSTER_MAX_ZOOM + 1) });
  });
}

/** How things that move are drawn: a dot where one stands, an arrow where one goes, a number for many. */
import type { LayerSpecification, Map as LibreMap } from "maplibre-gl";
import { type Color, MAP_FONT } from "./drawing.ts";
import type { LayerSpec } from "./spec.ts";

const ARROW_PX = 44;
const ARROW_RATIO = 2;
const NEARER = 2;

export function movingDrawing(id: string, color: Color): LayerSpecification[] {
  return [...singleDrawing(id, color), ...manyDrawing(id, color)];
}

function singleDrawing(id: string, color: Color): LayerSpecification[] {
  return [
    {
      id: `${id}:point`,
      type: "circle",
      source: id,
      filter: ["==", ["get", "moves"], 0],
      paint: {
        "circle-color": ["coalesce", ["get", "color"], color("--river")],
        "circle-opacity": ["case", ["==", ["get", "quiet"], 1], 0.55, 1],
        "circle-stroke-opacity": ["case", ["==", ["get", "quiet"], 1], 0.55, 1],
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 9, 5, 14, 8],
        "circle-stroke-width": 2,
        "circle-stroke-color": color("--surface"),
      },
    },
    {
      id: `${id}:arrow`,
      type: "symbol",
      source: id,
      filter: ["==", ["get", "moves"], 1],
      layout: {
        "icon-image": ["concat", `${id}:`, ["get", "color"]],
        "icon-size": ["interpolate", ["linear"], ["zoom"], 9, 0.8, 14, 1.15],
        "icon-rotate": ["get", "heading"],
        "icon-rotation-alignment": "map",
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
      },
    },
    {
      id: `${id}:title`,
      type: "symbol",
      source: id,
      minzoom: 12.5,
      filter: ["has", "title"],
      layout: { "text-field": ["get", "title"], "text-font": MAP_FONT, "text-size": 13, "text-offset": [0, 1.2], "text-anchor": "top", "text-optional": true },
      paint: { "text-color": color("--ink"), "text-halo-color": color("--map-land"), "text-halo-width": 1.6 },
    },
  ];
}

function manyDrawing(id: string, color: Color): LayerSpecification[] {
  return [
    {
      id: `${id}:cluster`,
      type: "circle",
      source: id,
      filter: ["has", "count"],
      paint: {
        "circle-color": color("--river"),
        "circle-opacity": 0.88,
        "circle-radius": ["interpolate", ["linear"], ["get", "count"], 2, 11, 20, 15, 200, 21, 2000, 30],
        "circle-stroke-width": 2,
        "circle-stroke-color": color("--surface"),
      },
    },
    {
      id: `${id}:count`,
      type: "symbol",
      source: id,
      filter: ["has", "count"],
      layout: { "text-field": ["to-string", ["get", "count"]], "text-font": MAP_FONT, "text-size": 12.5, "text-allow-overlap": true, "text-ignore-placement": true },
      paint: { "text-color": color("--surface") },
    },
  ];
}

/** One arrow of each color, pointing north; the drawing turns them. */
export function addArrows(map: LibreMap, spec: LayerSpec, rim: string): void {
  for (const [, color] of spec.steps ?? []) {
    const name = `${spec.id}:${color}`;
    const image = map.hasImage(name) ? null : arrowOf(color, rim);
    if (image) map.addImage(name, image, { pixelRatio: ARROW_RATIO });
  }
}

function arrowOf(color: string, rim: string): ImageData | null {
  const pen = Object.assign(document.createElement("canvas"), { width: ARROW_PX, height: ARROW_PX }).getContext("2d");
  if (!pen) return null;
  const middle = ARROW_PX / 2;
  pen.beginPath();
  pen.moveTo(middle, 4);
  pen.lineTo(ARROW_PX - 8, ARROW_PX - 6);
  pen.lineTo(middle, ARROW_PX - 14);
  pen.lineTo(8, ARROW_PX - 6);
  pen.closePath();
  Object.assign(pen, { fillStyle: color, strokeStyle: rim, lineWidth: 4, lineJoin: "round" });
  pen.stroke();
  pen.fill();
  return pen.getImageData(0, 0, ARROW_PX, ARROW_PX);
}

/** Go nearer to what a larger dot stands for. Wire it once a map: styles come and go, this stays. */
export function wireClusters(map: LibreMap, id: string): void {
  map.on("click", `${id}:cluster`, (event) => {
    const center = event.features?.[0]?.geometry;
    if (center?.type !== "Point") return;
    const animate = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    map.easeTo({ center: center.coordinates as [number, number], zoom: map.getZoom() + NEARER, animate });
  });
}

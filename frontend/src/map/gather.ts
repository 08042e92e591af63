/**
 * What is drawn of a fleet: single things, and one dot for those that lie together. The grid stands
 * still on the ground while the map is moved, and only what the reader may see soon is gathered, so
 * that the map library never gets ten thousand features, however many there are.
 */
import { type Fleet, eastOf, latOf, lonOf, southOf } from "./fleet.ts";
import type { FeatureFacts, Features } from "./spec.ts";

export const SINGLE_FROM_ZOOM = 14;
export const QUIET_AFTER_MS = 5 * 60_000;
const CELL_PX = 52;
const WORLD_PX = 512;
const MOVING_KMH = 3;
const MOST_SINGLE = 1500;

/** Degrees of the corners, and how near. */
export interface View {
  west: number;
  south: number;
  east: number;
  north: number;
  zoom: number;
}

/** From which speed in km/h a color holds, ascending; and the color of what was long not heard. */
export interface Shades {
  steps: readonly [from: number, color: string][];
  quiet: string;
}

export function colorOf(shades: Shades, speed: number): string {
  let found = shades.steps[0]?.[1] ?? "";
  for (const [from, color] of shades.steps) if (speed >= from) found = color;
  return found;
}

export const isQuiet = (fleet: Fleet, row: number, now: number): boolean => now - (fleet.time[row] ?? 0) > QUIET_AFTER_MS;

/** The view with as much again around it: what a hand can bring into sight before the next drawing. */
export function widen(view: View): View {
  const [wide, high] = [(view.east - view.west) / 2, (view.north - view.south) / 2];
  return { ...view, west: view.west - wide, east: view.east + wide, south: view.south - high, north: view.north + high };
}

export const holds = (outer: View, inner: View): boolean =>
  outer.west <= inner.west && outer.east >= inner.east && outer.south <= inner.south && outer.north >= inner.north && Math.floor(outer.zoom) === Math.floor(inner.zoom);

export function gather(fleet: Fleet, view: View, shades: Shades, now: number): Features {
  const zoom = Math.floor(view.zoom);
  if (zoom >= SINGLE_FROM_ZOOM) {
    const seen = rowsWithin(fleet, eastOf(view.west), southOf(view.north), eastOf(view.east), southOf(view.south));
    if (seen.length <= MOST_SINGLE) return collect(seen.map((row) => single(fleet, row, shades, now)));
  }
  const cell = CELL_PX / (WORLD_PX * 2 ** zoom);
  const down = (value: number): number => Math.floor(value / cell) * cell;
  const seen = rowsWithin(fleet, down(eastOf(view.west)), down(southOf(view.north)), down(eastOf(view.east)) + cell, down(southOf(view.south)) + cell);
  return collect(byCell(fleet, seen, cell).map((rows) => (rows.length === 1 ? single(fleet, rows[0] ?? 0, shades, now) : many(fleet, rows))));
}

function rowsWithin(fleet: Fleet, west: number, north: number, east: number, south: number): number[] {
  const rows: number[] = [];
  for (let row = 0; row < fleet.count; row++) {
    const [x, y] = [fleet.east[row] ?? 0, fleet.south[row] ?? 0];
    if (x >= west && x < east && y >= north && y < south) rows.push(row);
  }
  return rows;
}

function byCell(fleet: Fleet, rows: number[], cell: number): number[][] {
  const columns = Math.ceil(1 / cell);
  const cells = new Map<number, number[]>();
  for (const row of rows) {
    const key = Math.floor((fleet.south[row] ?? 0) / cell) * columns + Math.floor((fleet.east[row] ?? 0) / cell);
    const found = cells.get(key);
    if (found) found.push(row);
    else cells.set(key, [row]);
  }
  return [...cells.values()];
}

function single(fleet: Fleet, row: number, shades: Shades, now: number): Features["features"][number] {
  const [speed, heading] = [fleet.speed[row] ?? NaN, fleet.heading[row] ?? NaN];
  const quiet = isQuiet(fleet, row, now);
  const moves = !quiet && speed > MOVING_KMH && heading === heading;
  const { thing, title, url } = fleet.facts[row] ?? {};
  const color = quiet ? shades.quiet : colorOf(shades, speed);
  const properties = { thing, title, url, color, moves: moves ? 1 : 0, heading: moves ? heading : 0, quiet: quiet ? 1 : 0 } as FeatureFacts;
  return { type: "Feature", geometry: { type: "Point", coordinates: [fleet.lon[row] ?? 0, fleet.lat[row] ?? 0] }, properties };
}

function many(fleet: Fleet, rows: number[]): Features["features"][number] {
  let [east, south] = [0, 0];
  for (const row of rows) {
    east += fleet.east[row] ?? 0;
    south += fleet.south[row] ?? 0;
  }
  const coordinates = [lonOf(east / rows.length), latOf(south / rows.length)];
  return { type: "Feature", geometry: { type: "Point", coordinates }, properties: { count: rows.length } };
}

const collect = (features: Features["features"]): Features => ({ type: "FeatureCollection", features });

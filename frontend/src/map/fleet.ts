/** Where moving things are, in columns: ten thousand are moved without making an object for each. */
import type { Positions } from "../live.ts";
import type { FeatureFacts, Features } from "./spec.ts";

const EARTH_DEGREES = 360;
/** Where the square of Web Mercator ends. */
const FARTHEST_LAT = 85.0511287798066;

/** Web Mercator from 0 to 1, east and south; what the map's grid is counted in. */
export const eastOf = (lon: number): number => (lon + EARTH_DEGREES / 2) / EARTH_DEGREES;
export function southOf(lat: number): number {
  const sine = Math.sin((Math.max(-FARTHEST_LAT, Math.min(FARTHEST_LAT, lat)) * Math.PI) / 180);
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
}
export const lonOf = (east: number): number => east * EARTH_DEGREES - EARTH_DEGREES / 2;
export const latOf = (south: number): number => (Math.atan(Math.sinh(Math.PI * (1 - 2 * south))) * 180) / Math.PI;

/** One row for each thing; speed in km/h and heading in degrees are NaN where unknown, time in ms. */
export class Fleet {
  facts: FeatureFacts[] = [];
  lon = new Float64Array(0);
  lat = new Float64Array(0);
  east = new Float64Array(0);
  south = new Float64Array(0);
  speed = new Float32Array(0);
  heading = new Float32Array(0);
  time = new Float64Array(0);
  /** The latest time of all, in ms. */
  newest = 0;
  private rows = new Map<number, number>();

  get count(): number {
    return this.facts.length;
  }

  find(thing: number): number | undefined {
    return this.rows.get(thing);
  }

  /** Take what the layer's address gave; what the stream has said later than that stays. */
  load(features: Features): void {
    const before = { ...this } as Pick<Fleet, "lon" | "lat" | "speed" | "heading" | "time">;
    const rowsBefore = this.rows;
    const points = features.features.filter((feature) => feature.geometry.type === "Point" && feature.properties?.thing !== undefined);
    this.makeColumns(points.length);
    points.forEach(({ geometry, properties }, row) => {
      const [lon = 0, lat = 0] = (geometry as GeoJSON.Point).coordinates;
      const thing = properties?.thing ?? -1;
      this.facts.push(properties);
      this.rows.set(thing, row);
      this.put(row, lon, lat, properties.speed, properties.heading, properties.time ?? 0);
      const old = rowsBefore.get(thing);
      if (old !== undefined && (before.time[old] ?? 0) > (this.time[row] ?? 0))
        this.put(row, before.lon[old] ?? 0, before.lat[old] ?? 0, before.speed[old], before.heading[old], before.time[old] ?? 0);
    });
  }

  /** Move what the stream names; the things that stand in no row. */
  move(positions: Positions): number[] {
    const strangers: number[] = [];
    positions.thing.forEach((thing, at) => {
      const row = this.rows.get(thing);
      if (row === undefined) strangers.push(thing);
      else if ((positions.time[at] ?? 0) >= (this.time[row] ?? 0))
        this.put(row, positions.lon[at] ?? 0, positions.lat[at] ?? 0, positions.speed[at], positions.heading[at], positions.time[at] ?? 0);
    });
    return strangers;
  }

  /** The rows nearest to a place, the nearest first. */
  nearest(lon: number, lat: number, most: number): number[] {
    const shrink = Math.cos((lat * Math.PI) / 180);
    const away = new Float64Array(this.count);
    for (let row = 0; row < this.count; row++)
      away[row] = (((this.lon[row] ?? 0) - lon) * shrink) ** 2 + ((this.lat[row] ?? 0) - lat) ** 2;
    const limit = this.count > most ? (Float64Array.from(away).sort()[most - 1] ?? 0) : Infinity;
    const rows: number[] = [];
    for (let row = 0; row < this.count; row++) if ((away[row] ?? 0) <= limit) rows.push(row);
    return rows.sort((a, b) => (away[a] ?? 0) - (away[b] ?? 0)).slice(0, most);
  }

  private makeColumns(count: number): void {
    this.facts = [];
    this.rows = new Map();
    for (const name of ["lon", "lat", "east", "south", "time"] as const) this[name] = new Float64Array(count);
    for (const name of ["speed", "heading"] as const) this[name] = new Float32Array(count);
  }

  private put(row: number, lon: number, lat: number, speed: number | null | undefined, heading: number | null | undefined, time: number): void {
    this.lon[row] = lon;
    this.lat[row] = lat;
    this.east[row] = eastOf(lon);
    this.south[row] = southOf(lat);
    this.speed[row] = speed ?? NaN;
    this.heading[row] = heading ?? NaN;
    this.time[row] = time;
    if (time > this.newest) this.newest = time;
  }
}

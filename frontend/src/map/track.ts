/** The way a vehicle took, as columns: cut into a line colored by speed, and read at any instant. */

/** Columns as long as each other; `time` in ms ascending, `speed` in km/h, null where not said. */
export interface Track {
  time: number[];
  lon: number[];
  lat: number[];
  speed: (number | null)[];
  heading: (number | null)[];
  stops: { from: number; to: number; lon: number; lat: number }[];
  /** From which speed each color holds, ascending. */
  steps: [from: number, color: string][];
  /** Beyond so many ms between two positions nobody knows what was driven. */
  gap_ms: number;
}

export interface Moment {
  lon: number;
  lat: number;
  speed: number | null;
  heading: number | null;
  /** Between two positions too far apart: it is drawn where it was last. */
  unknown: boolean;
}

export function colorOf(speed: number | null, steps: Track["steps"]): string {
  let color = steps[0]?.[1] ?? "";
  for (const [from, its] of steps) if ((speed ?? 0) >= from) color = its;
  return color;
}

/** How many positions were before or at `at`, less one; 0 at least. */
export function indexAt(time: readonly number[], at: number): number {
  let low = 0;
  let high = time.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((time[middle] ?? Infinity) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Where it was at an instant, in between positions on the straight line. */
export function momentAt(track: Track, at: number): Moment {
  const { time, lon, lat } = track;
  const from = indexAt(time, at);
  const to = Math.min(from + 1, time.length - 1);
  const [begun, ended] = [time[from] ?? 0, time[to] ?? 0];
  const unknown = ended - begun > track.gap_ms && at > begun && at < ended;
  const share = unknown || ended === begun ? 0 : Math.min(1, Math.max(0, (at - begun) / (ended - begun)));
  const between = (column: number[]): number => (column[from] ?? 0) + ((column[to] ?? 0) - (column[from] ?? 0)) * share;
  return { lon: between(lon), lat: between(lat), speed: unknown ? null : track.speed[from] ?? null, heading: track.heading[from] ?? null, unknown };
}

type Lines = GeoJSON.FeatureCollection<GeoJSON.LineString, { color: string; unknown: boolean }>;

/** The line, a feature for each stretch of one color; a gap is a stretch of its own. */
export function linesOf(track: Track): Lines {
  const features: Lines["features"] = [];
  for (let row = 1; row < track.time.length; row++) {
    const unknown = (track.time[row] ?? 0) - (track.time[row - 1] ?? 0) > track.gap_ms;
    const color = colorOf(track.speed[row - 1] ?? null, track.steps);
    const last = features.at(-1);
    const here = [track.lon[row] ?? 0, track.lat[row] ?? 0];
    if (last && last.properties.color === color && last.properties.unknown === unknown) last.geometry.coordinates.push(here);
    else features.push({ type: "Feature", geometry: { type: "LineString", coordinates: [[track.lon[row - 1] ?? 0, track.lat[row - 1] ?? 0], here] }, properties: { color, unknown } });
  }
  return { type: "FeatureCollection", features };
}

/** Which positions bear their time, evenly taken; the map itself leaves out what has no room. */
export function labelled(count: number, most: number): number[] {
  const step = Math.max(1, Math.ceil(count / most));
  return Array.from({ length: Math.ceil(count / step) }, (_, row) => row * step).filter((row) => row > 0 && row < count - 1);
}

/** The position nearest to a point on the screen, at most `reach` pixels away; -1 if none is. */
export function nearestRow(track: Track, x: number, y: number, project: (lon: number, lat: number) => { x: number; y: number }, reach: number): number {
  let best = -1;
  let least = reach * reach;
  for (let row = 0; row < track.time.length; row++) {
    const at = project(track.lon[row] ?? 0, track.lat[row] ?? 0);
    const far = (at.x - x) ** 2 + (at.y - y) ** 2;
    if (far <= least) [best, least] = [row, far];
  }
  return best;
}

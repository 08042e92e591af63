/** Drawing of a track: its line, where it began, stood and ended, times where there is room. */
import type { GeoJSONSource, Map as LibreMap } from "maplibre-gl";
import { formatClock } from "../format.ts";
import { type Color, MAP_FONT } from "./drawing.ts";
import { type Moment, type Track, labelled, linesOf } from "./track.ts";

const MOST_TIMES = 80;
const WAY = "track-way";
const ENDS = "track-ends";
const TIMES = "track-times";
const NOW = "track-now";

/** Texts of the page's language. */
export interface TrackWords {
  began: string;
  ended: string;
  minutes: string;
}

type Points = GeoJSON.FeatureCollection<GeoJSON.Point, Record<string, string | number>>;

const collection = (features: Points["features"]): Points => ({ type: "FeatureCollection", features });

function point(lon: number, lat: number, properties: Record<string, string | number>): Points["features"][number] {
  return { type: "Feature", geometry: { type: "Point", coordinates: [lon, lat] }, properties };
}

function row(track: Track, at: number, properties: Record<string, string | number>): Points["features"][number] {
  return point(track.lon[at] ?? 0, track.lat[at] ?? 0, properties);
}

/** Beginning and end, and the times it stood; `kind` chooses the look. */
export function endsOf(track: Track, words: TrackWords): Points {
  const stops = track.stops.map(({ from, to, lon, lat }) => {
    const minutes = Math.max(1, Math.round((to - from) / 60_000));
    return point(lon, lat, { kind: "stop", order: 2, label: words.minutes.replace("{minutes}", String(minutes)) });
  });
  const last = track.time.length - 1;
  return collection([...stops, row(track, 0, { kind: "began", order: 0, label: words.began }), row(track, last, { kind: "ended", order: 1, label: words.ended })]);
}

function timesOf(track: Track): Points {
  return collection(labelled(track.time.length, MOST_TIMES).map((at) => row(track, at, { label: formatClock(new Date(track.time[at] ?? 0)) })));
}

/** Put the track on a freshly styled map. */
export function drawTrack(map: LibreMap, track: Track, words: TrackWords, color: Color): void {
  map.addSource(WAY, { type: "geojson", data: linesOf(track) });
  map.addSource(TIMES, { type: "geojson", data: timesOf(track) });
  map.addSource(ENDS, { type: "geojson", data: endsOf(track, words) });
  map.addSource(NOW, { type: "geojson", data: collection([]) });
  drawWay(map, color);
  drawText(map, TIMES, color, 11.5, ["get", "label"]);
  drawEnds(map, color);
  drawText(map, ENDS, color, 13, ["get", "label"]);
  map.addLayer({ id: `${NOW}-disc`, type: "circle", source: NOW, paint: { "circle-radius": 9, "circle-color": color("--river"), "circle-stroke-width": 3, "circle-stroke-color": color("--surface") } });
}

function drawWay(map: LibreMap, color: Color): void {
  const layout = { "line-cap": "round", "line-join": "round" } as const;
  map.addLayer({ id: `${WAY}-edge`, type: "line", source: WAY, filter: ["!", ["get", "unknown"]], layout, paint: { "line-color": color("--surface"), "line-width": 8 } });
  map.addLayer({ id: `${WAY}-line`, type: "line", source: WAY, filter: ["!", ["get", "unknown"]], layout, paint: { "line-color": ["get", "color"], "line-width": 5 } });
  map.addLayer({ id: `${WAY}-gap`, type: "line", source: WAY, filter: ["get", "unknown"], paint: { "line-color": color("--idle"), "line-width": 2, "line-dasharray": [2, 2] } });
}

function drawEnds(map: LibreMap, color: Color): void {
  const fill = ["match", ["get", "kind"], "began", color("--good"), "ended", color("--bad"), color("--surface")] as unknown as string;
  const edge = ["match", ["get", "kind"], "stop", color("--ink"), color("--surface")] as unknown as string;
  map.addLayer({
    id: `${ENDS}-disc`,
    type: "circle",
    source: ENDS,
    layout: { "circle-sort-key": ["-", 0, ["get", "order"]] },
    paint: { "circle-radius": ["match", ["get", "kind"], "stop", 5, 8], "circle-color": fill, "circle-stroke-width": 2.5, "circle-stroke-color": edge },
  });
}

/** Texts that give way to each other: what has no room is left out. */
function drawText(map: LibreMap, source: string, color: Color, size: number, field: ["get", string]): void {
  map.addLayer({
    id: `${source}-text`,
    type: "symbol",
    source,
    layout: {
      "text-field": field,
      "text-font": MAP_FONT,
      "text-size": size,
      "text-variable-anchor": ["top", "bottom", "left", "right"],
      "text-radial-offset": 0.9,
      "text-padding": 10,
      "symbol-sort-key": ["coalesce", ["get", "order"], 0],
    },
    paint: { "text-color": color("--ink"), "text-halo-color": color("--map-land"), "text-halo-width": 1.8 },
  });
}

/** Move the marker. */
export function drawMoment(map: LibreMap, moment: Moment): void {
  void map.getSource<GeoJSONSource>(NOW)?.setData(collection([point(moment.lon, moment.lat, {})]));
}

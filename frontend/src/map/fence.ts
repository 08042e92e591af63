/**
 * A map on which an area is drawn: clicks put down its corners, the fields of the form say the same
 * in figures, and either follows the other. A circle is drawn around its center; a click moves it.
 */
import type { GeoJSONSource, Map as LibreMap } from "maplibre-gl";

const DECIMALS = 6;
const CIRCLE_CORNERS = 64;
const METERS_PER_DEGREE = 111_195;
const SOURCE = "fence";

export type Corner = [lon: number, lat: number];

/** The pairs of a text, one a line; lines that are none are left out. */
export function readCorners(text: string): Corner[] {
  return text
    .split("\n")
    .map((line) => line.split(/[\s,，]+/).filter(Boolean).map(Number))
    .filter((cells): cells is Corner => cells.length === 2 && cells.every(Number.isFinite));
}

export function writeCorners(corners: readonly Corner[]): string {
  return corners.map(([lon, lat]) => `${lon.toFixed(DECIMALS)}, ${lat.toFixed(DECIMALS)}`).join("\n");
}

/** A circle as a ring of corners, for drawing only: the server measures true distances. */
export function circleAround([lon, lat]: Corner, radius: number): Corner[] {
  const high = radius / METERS_PER_DEGREE;
  const wide = high / Math.cos((lat * Math.PI) / 180);
  return Array.from({ length: CIRCLE_CORNERS }, (_, step): Corner => {
    const turn = (2 * Math.PI * step) / CIRCLE_CORNERS;
    return [lon + wide * Math.cos(turn), lat + high * Math.sin(turn)];
  });
}

function featuresOf(corners: readonly Corner[]): GeoJSON.FeatureCollection {
  const points = corners.map((place): GeoJSON.Feature => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: place } }));
  const first = corners[0];
  if (!first || corners.length < 3) return { type: "FeatureCollection", features: points };
  const ring: GeoJSON.Feature = { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [[...corners, first]] } };
  return { type: "FeatureCollection", features: [ring, ...points] };
}

export function wireFence(map: LibreMap, frame: HTMLElement, color: string): void {
  const form = frame.closest("form");
  const field = <T extends HTMLElement>(name: string): T | null => form?.querySelector<T>(`[data-fence-${name}]`) ?? null;
  const shape = field<HTMLSelectElement>("shape");
  const corners = field<HTMLTextAreaElement>("corners");
  const lon = field<HTMLInputElement>("lon");
  const lat = field<HTMLInputElement>("lat");
  const radius = field<HTMLInputElement>("radius");
  if (!form || !shape || !corners || !lon || !lat || !radius) return;
  addLayers(map, color);
  const drawn = (): Corner[] => {
    if (shape.value === "polygon") return readCorners(corners.value);
    const center: Corner = [lon.valueAsNumber, lat.valueAsNumber];
    const known = shape.value === "circle" && center.every(Number.isFinite) && radius.valueAsNumber > 0;
    return known ? circleAround(center, radius.valueAsNumber) : [];
  };
  const show = (): void => {
    showFields(form, shape.value);
    map.getCanvas().style.cursor = shape.value === "place" ? "" : "crosshair";
    void map.getSource<GeoJSONSource>(SOURCE)?.setData(featuresOf(drawn()));
  };
  const put = (places: readonly Corner[]): void => {
    corners.value = writeCorners(places);
    show();
  };
  map.on("click", ({ lngLat }) => {
    if (shape.value === "polygon") put([...readCorners(corners.value), [lngLat.lng, lngLat.lat]]);
    if (shape.value !== "circle") return;
    lon.value = lngLat.lng.toFixed(DECIMALS);
    lat.value = lngLat.lat.toFixed(DECIMALS);
    show();
  });
  map.on("style.load", () => {
    addLayers(map, color);
    show();
  });
  form.addEventListener("input", show);
  form.querySelector("[data-fence-undo]")?.addEventListener("click", () => put(readCorners(corners.value).slice(0, -1)));
  form.querySelector("[data-fence-clear]")?.addEventListener("click", () => put([]));
  show();
}

/** Only the fields of the chosen shape. */
function showFields(form: HTMLElement, shape: string): void {
  const wanted: Record<string, string> = { corners: "polygon", lon: "circle", lat: "circle", radius_m: "circle", place_code: "place" };
  for (const [name, of] of Object.entries(wanted)) {
    const box = form.querySelector(`[name=${name}]`)?.closest<HTMLElement>(".field");
    if (box) box.hidden = of !== shape;
  }
}

function addLayers(map: LibreMap, color: string): void {
  if (map.getSource(SOURCE)) return;
  map.addSource(SOURCE, { type: "geojson", data: featuresOf([]) });
  map.addLayer({ id: "fence-area", type: "fill", source: SOURCE, filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": color, "fill-opacity": 0.25 } });
  map.addLayer({ id: "fence-border", type: "line", source: SOURCE, filter: ["==", ["geometry-type"], "Polygon"], paint: { "line-color": color, "line-width": 2 } });
  map.addLayer({ id: "fence-corner", type: "circle", source: SOURCE, filter: ["==", ["geometry-type"], "Point"], paint: { "circle-color": color, "circle-radius": 4 } });
}

/** What a page may ask of a map; the server writes it as JSON (`{% district_map spec %}`). */
export interface MapSpec {
  /** GeoJSON of the district's places; features carry `code`, `name`, `approximate`. */
  base_url: string;
  /** west, south, east, north in WGS 84 degrees. */
  bounds: [number, number, number, number];
  layers: LayerSpec[];
  /** A raster tile source, where the district has one: `https://.../{z}/{x}/{y}.png`. */
  tiles_url?: string;
  tiles_credit?: string;
  /** A click fills the fields `lon` and `lat` of the form the map stands in. */
  pick?: boolean;
  /** Clicks draw an area into the form the map stands in (map/fence.ts). */
  fence?: boolean;
  /** Where to begin: longitude and latitude to look at closely. */
  focus?: { lon: number; lat: number; title: string };
  /** On the wall nobody drags or clicks. */
  still?: boolean;
}

/**
 * Features carry `title`, `url`, `value`, `color`, and may carry `label`, `summary`, `datastream`; those
 * of a moving layer are points that carry `thing`, `title`, `url`, `time` in ms, `speed` in km/h and `heading`
 * in degrees; the live stream moves them.
 */
export interface LayerSpec {
  id: string;
  title: string;
  kind: "points" | "polygons" | "surface" | "moving";
  url: string;
  legend: [color: string, text: string][];
  shown: boolean;
  refresh_s: number;
  /** Colors of moving things: from which speed in km/h each holds, ascending; of those long not heard. */
  steps?: [from: number, color: string][];
  quiet_color?: string;
}

export interface FeatureFacts {
  title?: string;
  url?: string;
  value?: string | number;
  label?: string;
  summary?: string;
  color?: string;
  datastream?: number;
  thing?: number;
  moves?: number;
  quiet?: number;
  count?: number;
  time?: number;
  speed?: number | null;
  heading?: number | null;
}

export type Features = GeoJSON.FeatureCollection<GeoJSON.Geometry, FeatureFacts>;

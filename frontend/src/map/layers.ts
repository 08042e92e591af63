/** The declared layers on a map: added, shown or hidden, fetched again when their data has moved. */
import type { GeoJSONSource, LngLat, Map as LibreMap } from "maplibre-gl";
import { onReadings } from "../live.ts";
import type { FeatureFacts, Features, LayerSpec } from "./spec.ts";
import type { Color } from "./drawing.ts";
import { emptyFeatures, layerDrawing } from "./style.ts";

export { emptyFeatures };

const SOONEST_MS = 3_000;

/** A row of the list that says the same as the map. */
export interface Listed {
  facts: FeatureFacts;
  geometry: GeoJSON.Geometry;
}

/** Live state of one layer: its features as last fetched. */
export class Layer {
  features: Features = emptyFeatures;
  failed = false;
  protected map: LibreMap | undefined;
  private next: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly spec: LayerSpec,
    public shown: boolean,
    private readonly changed: () => void,
  ) {
    onReadings((readings) => {
      const moved = new Set(readings.map((reading) => reading.datastream));
      if (this.shown && this.features.features.some((f) => moved.has(f.properties?.datastream ?? -1)))
        this.fetchLater(SOONEST_MS);
    });
  }

  /** Once a map, before anything is drawn on it. */
  attach(map: LibreMap): void {
    this.map = map;
  }

  get count(): number {
    return this.features.features.length;
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  /** What the list shows, at most so many. */
  list(_near: LngLat, most: number): Listed[] {
    return this.features.features.slice(0, most).map((feature) => ({ facts: factsOf(feature), geometry: feature.geometry }));
  }

  /** Tell of a feature in a way of the layer's own; false leaves it to the map. */
  tell(_map: LibreMap, _facts: FeatureFacts): boolean {
    return false;
  }

  async fetch(map: LibreMap): Promise<void> {
    clearTimeout(this.next);
    this.next = undefined;
    try {
      const answer = await fetch(this.spec.url, { headers: { Accept: "application/geo+json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const date = answer.headers.get("Date");
      this.take((await answer.json()) as Features, date ? new Date(date) : undefined);
      this.failed = false;
    } catch {
      this.failed = true; // what was drawn stays; the panel says it is old
    }
    this.map = map;
    this.changed();
    if (this.spec.refresh_s > 0) this.fetchLater(this.spec.refresh_s * 1000);
  }

  /** Take what the address gave, and have it drawn. */
  protected take(features: Features, _answered: Date | undefined): void {
    this.features = features;
    void this.map?.getSource<GeoJSONSource>(this.spec.id)?.setData(features);
  }

  protected fetchLater(wait_ms: number): void {
    const map = this.map;
    if (!map || (this.next !== undefined && wait_ms > SOONEST_MS)) return;
    clearTimeout(this.next);
    this.next = setTimeout(() => {
      this.next = undefined;
      if (!map.getContainer().isConnected) return;
      if (document.hidden || !this.shown) this.fetchLater(wait_ms);
      else void this.fetch(map);
    }, wait_ms);
  }

  /** What the source holds when it is made. */
  protected get data(): Features {
    return this.features;
  }

  /** Put the layer's drawing on a freshly styled map. */
  draw(map: LibreMap, color: Color): void {
    map.addSource(this.spec.id, { type: "geojson", data: this.data });
    const below = this.spec.kind === "moving" || this.spec.kind === "points" ? undefined : "borders";
    for (const drawing of layerDrawing(this.spec, color)) map.addLayer(drawing, below);
    this.show(map, this.shown);
  }

  show(map: LibreMap, shown: boolean): void {
    this.shown = shown;
    for (const { id } of map.getStyle().layers)
      if (id.startsWith(`${this.spec.id}:`)) map.setLayoutProperty(id, "visibility", shown ? "visible" : "none");
    this.changed();
  }
}

/** Longitude and latitude to fly to: a point itself, else the middle of the bounds. */
export function middleOf(geometry: GeoJSON.Geometry): [number, number] {
  const flat = JSON.stringify("coordinates" in geometry ? geometry.coordinates : [])
    .match(/-?\d+(\.\d+)?(e-?\d+)?/g)
    ?.map(Number) ?? [];
  const lons = flat.filter((_, index) => index % 2 === 0);
  const lats = flat.filter((_, index) => index % 2 === 1);
  const middle = (values: number[]): number => (Math.min(...values) + Math.max(...values)) / 2;
  return [middle(lons), middle(lats)];
}

export const factsOf = (feature: { properties: unknown }): FeatureFacts =>
  (feature.properties ?? {}) as FeatureFacts;

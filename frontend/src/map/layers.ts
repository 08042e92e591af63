/** The declared layers on a map: added, shown or hidden, fetched again when their data has moved. */
import type { GeoJSONSource, Map as LibreMap } from "maplibre-gl";
import { onPositions, onReadings, type Positions } from "../live.ts";
import { moveFeatures, movingSource, pauseBetween, wireClusters } from "./moving.ts";
import type { FeatureFacts, Features, LayerSpec } from "./spec.ts";
import type { Color } from "./drawing.ts";
import { emptyFeatures, layerDrawing } from "./style.ts";

const SOONEST_MS = 3_000;

/** Live state of one layer: its features as last fetched. */
export class Layer {
  features: Features = { type: "FeatureCollection", features: [] };
  failed = false;
  private due: ReturnType<typeof setTimeout> | undefined;
  private readonly asked = new Set<number>();
  private redraw: ReturnType<typeof setTimeout> | undefined;

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
    if (spec.kind === "moving") onPositions((positions) => this.follow(positions));
  }

  /** Move what moved, and have it drawn when it is time; strangers are asked about. */
  private follow(positions: Positions): void {
    const strangers = moveFeatures(this.features, positions).filter((thing) => !this.asked.has(thing));
    for (const thing of strangers) this.asked.add(thing); // once: they may belong to another layer
    if (strangers.length > 0) this.fetchLater(SOONEST_MS);
    this.redraw ??= setTimeout(() => {
      this.redraw = undefined;
      if (this.shown && !document.hidden) this.map?.getSource<GeoJSONSource>(this.spec.id)?.setData(this.features);
    }, pauseBetween(this.features.features.length));
  }

  async fetch(map: LibreMap): Promise<void> {
    clearTimeout(this.due);
    this.due = undefined;
    try {
      const answer = await fetch(this.spec.url, { headers: { Accept: "application/geo+json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      this.features = (await answer.json()) as Features;
      this.failed = false;
    } catch {
      this.failed = true; // what was drawn stays; the panel says it is old
    }
    map.getSource<GeoJSONSource>(this.spec.id)?.setData(this.features);
    this.map = map;
    this.changed();
    if (this.spec.refresh_s > 0) this.fetchLater(this.spec.refresh_s * 1000);
  }

  private map: LibreMap | undefined;

  private fetchLater(wait_ms: number): void {
    const map = this.map;
    if (!map || (this.due !== undefined && wait_ms > SOONEST_MS)) return;
    clearTimeout(this.due);
    this.due = setTimeout(() => {
      this.due = undefined;
      if (!map.getContainer().isConnected) return;
      if (document.hidden || !this.shown) this.fetchLater(wait_ms);
      else void this.fetch(map);
    }, wait_ms);
  }

  /** Put the layer's drawing on a freshly styled map. */
  draw(map: LibreMap, color: Color): void {
    const isMoving = this.spec.kind === "moving";
    map.addSource(this.spec.id, { type: "geojson", data: this.features ?? emptyFeatures, ...(isMoving ? movingSource : {}) });
    const below = isMoving || this.spec.kind === "points" ? undefined : "borders";
    if (isMoving) wireClusters(map, this.spec.id);
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

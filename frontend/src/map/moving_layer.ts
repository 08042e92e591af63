/** A layer whose things move: the live stream moves them, and what is in sight is drawn again. */
import { type GeoJSONSource, type LngLat, type Map as LibreMap, Popup } from "maplibre-gl";
import { formatClockSeconds } from "../format.ts";
import { type Positions, onPositions } from "../live.ts";
import { word } from "../words.ts";
import { Fleet } from "./fleet.ts";
import { type Shades, type View, gather, holds, isQuiet, widen } from "./gather.ts";
import { type Listed, Layer, emptyFeatures } from "./layers.ts";
import { addArrows, wireClusters } from "./moving.ts";
import { MovingPopup } from "./moving_popup.ts";
import type { Color } from "./drawing.ts";
import type { FeatureFacts, Features, LayerSpec } from "./spec.ts";

/** The stream brings changes twice a second; drawing must leave time for the reader's hand. */
const SOONEST_MS = 500;
const SHARE = 4;
const WHILE_MOVING_MS = 80;
const FADING_MS = 30_000;
const STRANGERS_MS = 3_000;

/** How long to wait after a drawing that took so long: it may take a fifth of the time at most. */
export const pauseAfter = (took: number): number => Math.max(SOONEST_MS, took * SHARE);

export class MovingLayer extends Layer {
  readonly fleet = new Fleet();
  private readonly shades: Shades;
  private readonly asked = new Set<number>();
  private drawn: View | undefined;
  private waits: ReturnType<typeof setTimeout> | undefined;
  private busy = false;
  private due = Infinity;
  private took = 0;
  private clock = 0; // milliseconds the server's clock is ahead of the browser's
  private popup: MovingPopup | undefined;

  constructor(spec: LayerSpec, shown: boolean, changed: () => void) {
    super(spec, shown, changed);
    this.shades = { steps: spec.steps ?? [], quiet: spec.quiet_color ?? "" };
    onPositions((positions) => this.follow(positions));
  }

  override attach(map: LibreMap): void {
    super.attach(map);
    wireClusters(map, this.spec.id);
    map.on("move", () => {
      if (this.drawn && !holds(this.drawn, viewOf(map))) this.redrawIn(WHILE_MOVING_MS);
    });
    document.addEventListener("visibilitychange", () => this.redrawIn(0));
    setInterval(() => this.redrawIn(0), FADING_MS);
  }

  override draw(map: LibreMap, color: Color): void {
    addArrows(map, this.spec, color("--surface"));
    super.draw(map, color);
    this.redrawIn(0);
  }

  override show(map: LibreMap, shown: boolean): void {
    super.show(map, shown);
    if (shown) this.redrawIn(0);
    else this.popup?.close();
  }

  override get count(): number {
    return this.fleet.count;
  }

  override list(near: LngLat, most: number): Listed[] {
    return this.fleet.nearest(near.lng, near.lat, most).map((row) => ({
      facts: { ...this.fleet.facts[row], value: this.wordsOf(row)[0] ?? "" },
      geometry: { type: "Point", coordinates: [this.fleet.lon[row] ?? 0, this.fleet.lat[row] ?? 0] },
    }));
  }

  /** Open what is told of a thing; it stays with the thing until it is closed. */
  override tell(map: LibreMap, facts: FeatureFacts): boolean {
    const row = this.fleet.find(facts.thing ?? -1);
    if (row === undefined) return false;
    this.popup?.close();
    this.popup = new MovingPopup(map, new Popup({ maxWidth: "18rem", focusAfterOpen: false, closeOnClick: true }), this.fleet.facts[row] ?? {});
    this.movePopup();
    return true;
  }

  protected override take(features: Features, answered: Date | undefined): void {
    if (answered) this.clock = answered.getTime() - Date.now();
    this.fleet.load(features);
    this.redrawIn(0);
  }

  protected override get data(): Features {
    return emptyFeatures;
  }

  private follow(positions: Positions): void {
    const strangers = this.fleet.move(positions).filter((thing) => !this.asked.has(thing));
    for (const thing of strangers) this.asked.add(thing); // once: they may belong to another layer
    if (strangers.length > 0) this.fetchLater(STRANGERS_MS);
    this.movePopup();
    this.redrawIn(pauseAfter(this.took));
  }

  private movePopup(): void {
    const row = this.popup?.isOpen ? this.fleet.find(this.popup.thing) : undefined;
    if (row !== undefined) this.popup?.show(this.fleet.lon[row] ?? 0, this.fleet.lat[row] ?? 0, this.wordsOf(row));
  }

  /** Speed, where to, and when heard. */
  private wordsOf(row: number): string[] {
    const [speed, heading] = [this.fleet.speed[row] ?? NaN, this.fleet.heading[row] ?? NaN];
    const compass = word("map_compass").split(",");
    const pace = speed === speed ? `${Math.round(speed)} km/h` : word("no_value");
    const way = heading === heading && speed > 3 ? word("map_heading", { way: compass[Math.round(heading / 45) % 8] ?? "" }) : "";
    const heard = word(isQuiet(this.fleet, row, this.now) ? "map_quiet" : "map_heard", { time: formatClockSeconds(new Date(this.fleet.time[row] ?? 0)) });
    return [pace, way, heard];
  }

  private get now(): number {
    return Date.now() + this.clock;
  }

  /** At most one drawing is under way and one waits; a sooner wish takes the later one's place. */
  private redrawIn(wait: number): void {
    const at = performance.now() + wait;
    if (at >= this.due) return;
    this.due = at;
    clearTimeout(this.waits);
    if (!this.busy) this.waits = setTimeout(() => void this.redraw(), wait);
  }

  private async redraw(): Promise<void> {
    this.due = Infinity;
    const map = this.map;
    const source = map?.getSource<GeoJSONSource>(this.spec.id);
    if (!map || !source || !this.shown || document.hidden) return;
    const began = performance.now();
    this.drawn = widen(viewOf(map));
    this.busy = true;
    try {
      await source.setData(gather(this.fleet, this.drawn, this.shades, this.now));
      const newest = String(this.fleet.newest);
      map.once("render", () => (map.getContainer().dataset["newest"] = newest)); // for who measures
    } catch {
      // the style was changed meanwhile; its own drawing follows
    }
    this.busy = false;
    this.took = performance.now() - began;
    const { due } = this;
    this.due = Infinity;
    if (due < Infinity) this.redrawIn(Math.max(due - performance.now(), this.took));
  }
}

function viewOf(map: LibreMap): View {
  const bounds = map.getBounds();
  return { west: bounds.getWest(), south: bounds.getSouth(), east: bounds.getEast(), north: bounds.getNorth(), zoom: map.getZoom() };
}

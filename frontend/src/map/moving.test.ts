import { expect, it } from "vitest";
import { Fleet, eastOf, latOf, lonOf, southOf } from "./fleet.ts";
import { type View, QUIET_AFTER_MS, colorOf, gather, holds, widen } from "./gather.ts";
import { movingDrawing } from "./moving.ts";
import { pauseAfter } from "./moving_layer.ts";
import type { Features } from "./spec.ts";

const NOW = 1_800_000_000_000;
const SHADES = { steps: [[0, "#111111"], [5, "#222222"], [50, "#333333"]] as [number, string][], quiet: "#999999" };
const VIEW: View = { west: 121, south: 30.8, east: 122, north: 31.4, zoom: 10 };

const fleet = (count: number, lon = (n: number): number => 121 + n * 0.00001): Fleet => {
  const features: Features = {
    type: "FeatureCollection",
    features: Array.from({ length: count }, (_, thing) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: [lon(thing), 31] },
      properties: { thing, title: `V${thing}`, url: "/", time: NOW - 1000, speed: 0, heading: 0 },
    })),
  };
  const made = new Fleet();
  made.load(features);
  return made;
};

const at = (thing: number[], lon: number[], speed: (number | null)[], heading: (number | null)[], time = NOW) => ({
  thing, time: thing.map(() => time), lon, lat: thing.map(() => 31.2), speed, heading,
});

it("counts the ground as the map does, both ways", () => {
  expect(southOf(0)).toBeCloseTo(0.5, 12);
  expect(southOf(85.0511287)).toBeCloseTo(0, 7); // where Web Mercator ends
  expect(latOf(southOf(31.2))).toBeCloseTo(31.2, 9);
  expect(lonOf(eastOf(121.5))).toBeCloseTo(121.5, 9);
});

it("moves what the stream names and leaves the others where they are", () => {
  const three = fleet(3);
  expect(three.move(at([2, 7], [121.5, 1], [42.4, 0], [90, null]))).toEqual([7]);
  expect([...three.lon]).toEqual([121, 121.00001, 121.5]);
  expect(three.speed[2]).toBeCloseTo(42.4, 4);
});

it("takes no position that is older than the one it has, from the stream or the address", () => {
  const one = fleet(1);
  one.move(at([0], [121.5], [10], [0], NOW + 5000));
  one.move(at([0], [121.9], [10], [0], NOW));
  expect(one.lon[0]).toBe(121.5);
  one.load({ type: "FeatureCollection", features: [{ type: "Feature", geometry: { type: "Point", coordinates: [121.1, 31] }, properties: { thing: 0, title: "again", time: NOW } }] });
  expect(one.lon[0]).toBe(121.5);
  expect(one.facts[0]?.title).toBe("again");
});

it("colors by the speed of now, and grays and stills what was not heard for five minutes", () => {
  const two = fleet(2, (n) => 121.2 + n * 0.5);
  two.move(at([0], [121.2], [60], [45], NOW - QUIET_AFTER_MS - 1));
  two.move(at([1], [121.7], [60], [45]));
  const [, loud] = gather(two, VIEW, SHADES, NOW).features.map((feature) => feature.properties);
  expect(loud).toMatchObject({ color: "#333333", moves: 1, heading: 45, quiet: 0 });
  const later = gather(two, VIEW, SHADES, NOW + QUIET_AFTER_MS + 1).features.map((feature) => feature.properties);
  expect(later.map((facts) => [facts.color, facts.moves, facts.quiet])).toEqual([["#999999", 0, 1], ["#999999", 0, 1]]);
  expect(colorOf(SHADES, NaN)).toBe("#111111");
});

it("points no arrow where a thing stands, or does not say where it goes", () => {
  const two = fleet(2, (n) => 121.2 + n * 0.5);
  two.move(at([0, 1], [121.2, 121.7], [0.5, 30], [90, null]));
  expect(gather(two, VIEW, SHADES, NOW).features.map((feature) => feature.properties.moves)).toEqual([0, 0]);
});

it("draws ten thousand as a few, loses none, and singly only what is in sight", () => {
  const many = fleet(10_000, (n) => 121 + (n % 1000) * 0.001);
  const drawn = gather(many, VIEW, SHADES, NOW).features;
  expect(drawn.length).toBeLessThan(100);
  expect(drawn.reduce((sum, feature) => sum + (feature.properties.count ?? 1), 0)).toBe(10_000);
  const near = gather(many, { west: 121.1, east: 121.11, south: 30.99, north: 31.01, zoom: 15 }, SHADES, NOW).features;
  expect(near.length).toBeGreaterThan(50);
  expect(near.length).toBeLessThan(150);
  expect(near.every((feature) => feature.properties.count === undefined)).toBe(true);
});

it("keeps dots in their places while the map is dragged", () => {
  const many = fleet(3000, (n) => 121.3 + n * 0.0001);
  const dots = (view: View): string[] => gather(many, view, SHADES, NOW).features.map((feature) => JSON.stringify(feature.geometry));
  const there = new Set(dots({ ...VIEW, west: 121.2 }));
  const inner = dots({ ...VIEW, west: 121.37, east: 121.5 });
  expect(inner.length).toBeGreaterThan(3);
  for (const dot of inner) expect(there.has(dot)).toBe(true);
});

it("gathers anew when the reader leaves what was gathered, or comes nearer", () => {
  const wide = widen(VIEW);
  expect(holds(wide, { ...VIEW, west: 120.6, east: 121.6 })).toBe(true);
  expect(holds(wide, { ...VIEW, west: 120.4, east: 121.4 })).toBe(false);
  expect(holds(wide, { ...VIEW, zoom: 11.2 })).toBe(false);
});

it("lists the nearest first, and no more than asked", () => {
  expect(fleet(1000).nearest(121.005, 31, 3)[0]).toBe(500);
  expect(fleet(1000).nearest(121.005, 31, 3)).toHaveLength(3);
  expect(fleet(2).nearest(121, 31, 200)).toEqual([0, 1]);
});

it("waits the longer the more work a drawing was", () => {
  expect(pauseAfter(10)).toBe(500);
  expect(pauseAfter(400)).toBe(1600);
});

it("names every drawing after its layer, so that it is shown and hidden with it", () => {
  for (const drawing of movingDrawing("vehicles", (token) => token)) expect(drawing.id).toMatch(/^vehicles:/);
});

import { expect, it } from "vitest";
import { movingDrawing, moveFeatures, pauseBetween } from "./moving.ts";
import type { Features } from "./spec.ts";

const fleet = (count: number): Features => ({
  type: "FeatureCollection",
  features: Array.from({ length: count }, (_, thing) => ({
    type: "Feature",
    geometry: { type: "Point", coordinates: [121, 31] },
    properties: { thing, title: `V${thing}`, url: "/" },
  })),
});

it("moves what the stream names and leaves the others where they are", () => {
  const features = fleet(3);
  const strangers = moveFeatures(features, {
    thing: [2, 7], time: [0, 0], lon: [121.5, 1], lat: [31.2, 1], speed: [42.4, 0], heading: [90, null],
  });
  expect(strangers).toEqual([7]);
  expect(features.features.map((f) => (f.geometry as GeoJSON.Point).coordinates)).toEqual([[121, 31], [121, 31], [121.5, 31.2]]);
  expect(features.features[2]?.properties).toMatchObject({ moves: 1, heading: 90, value: "42 km/h", title: "V2" });
});

it("points no arrow where a thing stands, or does not say where it goes", () => {
  const features = fleet(2);
  moveFeatures(features, { thing: [0, 1], time: [0, 0], lon: [1, 2], lat: [1, 2], speed: [0.5, 30], heading: [90, null] });
  expect(features.features.map((f) => f.properties?.moves)).toEqual([0, 0]);
});

it("moves ten thousand within a frame or two, and draws them less often than a few", () => {
  const features = fleet(10_000);
  const things = features.features.map((_, index) => index);
  const all = things.map(() => 121.5);
  const began = performance.now();
  expect(moveFeatures(features, { thing: things, time: all, lon: all, lat: all, speed: all, heading: all })).toEqual([]);
  expect(performance.now() - began).toBeLessThan(500); // a bound against a quadratic search, not a timing
  expect(pauseBetween(10)).toBe(500);
  expect(pauseBetween(10_000)).toBe(1500);
});

it("names every drawing after its layer, so that it is shown and hidden with it", () => {
  for (const drawing of movingDrawing("vehicles", (token) => token)) expect(drawing.id).toMatch(/^vehicles:/);
});

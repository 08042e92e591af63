import { expect, it } from "vitest";
import { factsOf, middleOf } from "./layers.ts";
import { layerDrawing } from "./style.ts";
import type { LayerSpec } from "./spec.ts";

const layer = (kind: LayerSpec["kind"]): LayerSpec => ({
  id: "air", title: "Air", kind, url: "/air.geojson", legend: [], shown: true, refresh_s: 60,
});

it("flies to a point itself and to the middle of an area", () => {
  expect(middleOf({ type: "Point", coordinates: [121.5, 31.2] })).toEqual([121.5, 31.2]);
  const square = [[[121, 31], [122, 31], [122, 31.5], [121, 31.5], [121, 31]]];
  expect(middleOf({ type: "Polygon", coordinates: square })).toEqual([121.5, 31.25]);
  expect(middleOf({ type: "MultiPolygon", coordinates: [square, square] })).toEqual([121.5, 31.25]);
});

it("takes a feature without properties", () => {
  expect(factsOf({ properties: null })).toEqual({});
});

it.each([["points", 3], ["polygons", 2], ["surface", 1]] as const)("draws %s in %d layers of its own", (kind, count) => {
  const drawings = layerDrawing(layer(kind), (token) => token);
  expect(drawings).toHaveLength(count);
  for (const drawing of drawings) expect(drawing.id).toMatch(/^air:/); // how it is shown and hidden
});

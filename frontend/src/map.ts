/**
 * Maps. `<div data-map>` holds a JSON script with base geometry and layers; everything is drawn from
 * our own addresses, no tile or font server is asked unless the district names one.
 */
import { Map as LibreMap, type MapGeoJSONFeature, type MapMouseEvent, NavigationControl, Popup, ScaleControl, setWorkerUrl } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import "../styles/map-kit.css";
import { wireFence } from "./map/fence.ts";
import { Layer, factsOf, middleOf } from "./map/layers.ts";
import { MovingLayer } from "./map/moving_layer.ts";
import { buildList, buildPanel } from "./map/panel.ts";
import { wirePick } from "./map/pick.ts";
import { popupContent } from "./map/popup.ts";
import type { FeatureFacts, MapSpec } from "./map/spec.ts";
import { wireTrack } from "./map/track_player.ts";
import { baseStyle } from "./map/style.ts";
import { onTheme, tokenColor } from "./theme.ts";
import { word } from "./words.ts";

setWorkerUrl(workerUrl);

const FLY_ZOOM = 12.5;
const FOCUS_ZOOM = 12;
/** A list of what moves is put in order again so often while it is open. */
const RELIST_MS = 5_000;

function readSpec(frame: HTMLElement): MapSpec {
  const script = frame.querySelector<HTMLScriptElement>("script[type='application/json']");
  return JSON.parse(script?.textContent ?? "") as MapSpec;
}

function openMap(container: HTMLElement, spec: MapSpec, color: (token: string) => string, label: string): LibreMap {
  const map = new LibreMap({
    container,
    style: baseStyle(spec, color),
    ...(spec.focus ? { center: [spec.focus.lon, spec.focus.lat], zoom: FOCUS_ZOOM } : { bounds: spec.bounds, fitBoundsOptions: { padding: 24 } }),
    interactive: !spec.still,
    attributionControl: spec.tiles_url ? {} : false,
    dragRotate: false,
    pitchWithRotate: false,
    cooperativeGestures: !spec.still && matchMedia("(pointer: coarse)").matches,
    locale: {
      "NavigationControl.ZoomIn": word("map_zoom_in"),
      "NavigationControl.ZoomOut": word("map_zoom_out"),
      "CooperativeGesturesHandler.MobileHelpText": word("map_two_fingers"),
      "Map.Title": label,
      "Popup.Close": word("close"),
    },
  });
  map.touchZoomRotate.disableRotation();
  if (!spec.still) {
    map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    map.addControl(new ScaleControl(), "bottom-right");
  }
  return map;
}

/** Whether this browser can draw at all; without WebGL the list and the notice remain. */
function canDraw(): boolean {
  return document.createElement("canvas").getContext("webgl2") !== null;
}

function clickable(map: LibreMap, layers: Layer[]): string[] {
  const known = new Set(layers.filter((layer) => layer.shown).map((layer) => layer.spec.id));
  return map.getStyle().layers.map(({ id }) => id).filter((id) => /:(point|arrow|fill|cluster)$/.test(id) && known.has(id.split(":")[0] ?? ""));
}

function wirePopups(map: LibreMap, layers: Layer[]): void {
  const featureAt = (event: MapMouseEvent) => map.queryRenderedFeatures(event.point, { layers: clickable(map, layers) })[0];
  map.on("click", (event) => {
    const feature = featureAt(event);
    if (feature) openPopup(map, layers, feature);
  });
  map.on("mousemove", (event) => {
    map.getCanvas().style.cursor = featureAt(event) ? "pointer" : "";
  });
}

function openPopup(map: LibreMap, layers: Layer[], feature: MapGeoJSONFeature): void {
  const facts = factsOf(feature);
  if (facts.count !== undefined) return; // the layer itself goes nearer
  if (layers.some((layer) => layer.spec.id === feature.source && layer.tell(map, facts))) return;
  new Popup({ maxWidth: "18rem", focusAfterOpen: false }).setLngLat(middleOf(feature.geometry)).setDOMContent(popupContent(facts)).addTo(map);
}

/** Name the place the reader has asked for. */
function sayWhere(map: LibreMap, { lon, lat, title }: NonNullable<MapSpec["focus"]>): void {
  new Popup({ maxWidth: "18rem", focusAfterOpen: false }).setLngLat([lon, lat]).setDOMContent(popupContent({ title })).addTo(map);
}

function flyTo(map: LibreMap, geometry: GeoJSON.Geometry): void {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  map.flyTo({ center: middleOf(geometry), zoom: Math.max(map.getZoom(), FLY_ZOOM), animate: !calm });
  map.getContainer().scrollIntoView({ block: "nearest" });
}

/** The same as a list: built when it is open, since a closed one would be built for nobody. */
function wireList(map: LibreMap, list: HTMLElement, layers: Layer[]): () => void {
  const fly = (geometry: GeoJSON.Geometry, facts: FeatureFacts): void => {
    flyTo(map, geometry);
    for (const layer of layers) if (layer.shown && layer.tell(map, facts)) return;
  };
  const box = list.closest("details");
  const relist = (): void => {
    if (!box || box.open) buildList(list, layers, map.getCenter(), fly);
  };
  box?.addEventListener("toggle", relist);
  if (layers.some((layer) => layer.spec.kind === "moving")) {
    map.on("moveend", relist);
    setInterval(relist, RELIST_MS);
  }
  return relist;
}

export function drawMap(frame: HTMLElement): void {
  const canvas = frame.querySelector<HTMLElement>(".map-canvas");
  const panel = frame.querySelector<HTMLElement>(".map-panel");
  const list = frame.querySelector<HTMLElement>(".map-list");
  if (!canvas) return;
  if (!canDraw()) {
    canvas.textContent = word("map_cannot_draw");
    return;
  }
  const spec = readSpec(frame);
  const color = (token: string): string => tokenColor(frame, token);
  const map = openMap(canvas, spec, color, frame.dataset["label"] ?? "");
  const layers: Layer[] = spec.layers.map((row) => new (row.kind === "moving" ? MovingLayer : Layer)(row, row.shown, () => relist()));
  const relist = list ? wireList(map, list, layers) : () => undefined;
  if (panel) buildPanel(panel, layers, (layer, shown) => switchLayer(map, layer, shown));
  const drawLayers = (): void => layers.forEach((layer) => layer.draw(map, color));
  map.once("load", () => {
    for (const layer of layers) layer.attach(map);
    drawLayers();
    for (const layer of layers) if (layer.shown) void layer.fetch(map);
    if (!spec.still && !spec.pick && !spec.fence) wirePopups(map, layers);
    if (spec.pick) wirePick(map, frame, color("--river"));
    if (spec.focus) sayWhere(map, spec.focus);
    if (spec.fence) wireFence(map, frame, color("--river"));
    void wireTrack(map, frame, color);
    canvas.dataset["drawn"] = "";
  });
  onTheme(frame, () => {
    map.setStyle(baseStyle(spec, color), { diff: false });
    map.once("style.load", drawLayers);
  });
}

function switchLayer(map: LibreMap, layer: Layer, shown: boolean): void {
  if (shown && layer.isEmpty) void layer.fetch(map);
  layer.show(map, shown);
}

/** A map on which a place is chosen: a click, or the two fields of the form, put the marker there. */
import { type Map as LibreMap, type LngLatLike, Marker } from "maplibre-gl";

/** WGS 84 degrees to about ten centimeters. */
const DECIMALS = 6;

export function wirePick(map: LibreMap, frame: HTMLElement, color: string): void {
  const form = frame.closest("form");
  const lon = form?.querySelector<HTMLInputElement>("[name=lon]");
  const lat = form?.querySelector<HTMLInputElement>("[name=lat]");
  if (!lon || !lat) return;
  const marker = new Marker({ color });
  const show = (place: LngLatLike): void => void marker.setLngLat(place).addTo(map);
  const read = (): void => {
    const place: [number, number] = [lon.valueAsNumber, lat.valueAsNumber];
    if (place.every(Number.isFinite) && Math.abs(place[1]) <= 90) show(place);
    else marker.remove();
  };
  map.getCanvas().style.cursor = "crosshair";
  map.on("click", ({ lngLat }) => {
    show(lngLat);
    lon.value = lngLat.lng.toFixed(DECIMALS);
    lat.value = lngLat.lat.toFixed(DECIMALS);
  });
  for (const field of [lon, lat]) field.addEventListener("change", read);
  read();
}

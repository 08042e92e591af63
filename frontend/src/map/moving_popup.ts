/** What is told of one moving thing, where it is; text nodes only, changed in place. */
import type { Map as LibreMap, Popup } from "maplibre-gl";
import { word } from "../words.ts";
import { isOwnAddress } from "./popup.ts";
import type { FeatureFacts } from "./spec.ts";

const LINES = ["popup-value", "popup-summary", "popup-heard"] as const;

export class MovingPopup {
  readonly thing: number;
  private readonly lines: HTMLElement[];

  constructor(map: LibreMap, private readonly popup: Popup, facts: FeatureFacts) {
    this.thing = facts.thing ?? -1;
    const box = document.createElement("div");
    const title = Object.assign(document.createElement("strong"), { className: "popup-title", textContent: facts.title ?? "" });
    this.lines = LINES.map((className) => Object.assign(document.createElement("p"), { className }));
    box.append(title, ...this.lines);
    if (facts.url && isOwnAddress(facts.url)) box.append(Object.assign(document.createElement("a"), { href: facts.url, textContent: word("map_open") }));
    popup.setLngLat([0, 0]).setDOMContent(box).addTo(map);
  }

  get isOpen(): boolean {
    return this.popup.isOpen();
  }

  show(lon: number, lat: number, texts: string[]): void {
    this.popup.setLngLat([lon, lat]);
    this.lines.forEach((line, index) => {
      const text = texts[index] ?? "";
      if (line.textContent !== text) line.textContent = text;
      line.hidden = text === "";
    });
  }

  close(): void {
    this.popup.remove();
  }
}

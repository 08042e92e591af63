/** What a click on the map opens; built from text nodes, so that no reading can bring markup. */
import { word } from "../words.ts";
import type { FeatureFacts } from "./spec.ts";

function line(tag: string, text: string, name: string): HTMLElement {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = text;
  return element;
}

/** Only addresses of our own house are linked. */
export function isOwnAddress(url: string): boolean {
  return url.startsWith("/") && !url.startsWith("//");
}

export function popupContent(facts: FeatureFacts): HTMLElement {
  const box = document.createElement("div");
  box.append(line("strong", facts.title ?? "", "popup-title"));
  if (facts.value !== undefined && facts.value !== null) box.append(line("p", String(facts.value), "popup-value"));
  if (facts.summary) box.append(line("p", facts.summary, "popup-summary"));
  if (facts.url && isOwnAddress(facts.url)) {
    const link = document.createElement("a");
    link.href = facts.url;
    link.textContent = word("map_open");
    box.append(link);
  }
  return box;
}

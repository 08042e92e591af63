/** Loaded only by the browser tests, from our own address, because the pages allow no other script. */
import axe from "axe-core";

declare global {
  interface Window {
    axe: typeof axe;
  }
}

window.axe = axe;

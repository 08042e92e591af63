/** Parts of a page that the server renders again (htmx), within the content security policy. */
import htmx from "htmx.org";
import { announce } from "./announce.ts";
import { word } from "./words.ts";

export function wireRequests(wake: (part: HTMLElement) => void): void {
  htmx.config.allowEval = false;
  htmx.config.includeIndicatorStyles = false;
  htmx.config.selfRequestsOnly = true;
  htmx.config.historyCacheSize = 0;
  htmx.onLoad((part) => wake(part as HTMLElement));
  document.body.addEventListener("htmx:sendError", () => announce(word("request_unsent")));
  document.body.addEventListener("htmx:responseError", (event) => {
    const { xhr } = (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail;
    announce(word(xhr.status === 403 ? "request_forbidden" : "request_failed"));
  });
}

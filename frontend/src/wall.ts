/** The wall screen: a clock, panels that take turns, a ticker, and a page that renews itself. */
import { formatClockSeconds, formatLongDay } from "./format.ts";

const TURN_MS = 12_000;
const RENEW_MS = 60_000;

function runClock(wall: HTMLElement): void {
  const clock = wall.querySelector<HTMLElement>("[data-wall-clock]");
  const day = wall.querySelector<HTMLElement>("[data-wall-day]");
  const tick = (): void => {
    const now = new Date();
    if (clock) clock.textContent = formatClockSeconds(now);
    if (day) day.textContent = formatLongDay(now);
  };
  tick();
  setInterval(tick, 1000);
}

/** Children of a `[data-wall-turns]` element are shown one after another; the dots say which. */
function takeTurns(stage: HTMLElement): void {
  let shown = 0;
  const show = (): void => {
    const panels = [...stage.querySelectorAll<HTMLElement>(":scope > [data-wall-panel]")];
    if (panels.length) shown %= panels.length;
    panels.forEach((panel, index) => panel.classList.toggle("is-away", index !== shown));
  };
  show();
  setInterval(() => {
    shown += 1;
    show();
  }, TURN_MS);
}

/** Fetch the page again and take over each `[data-wall-part]`, leaving the map alone. */
async function renew(wall: HTMLElement): Promise<void> {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of wall.querySelectorAll<HTMLElement>("[data-wall-part]")) {
    const twin = fresh.querySelector(`[data-wall-part="${part.dataset["wallPart"]}"]`);
    if (twin) part.replaceChildren(...[...twin.childNodes].map((node) => document.importNode(node, true)));
  }
  for (const stage of wall.querySelectorAll<HTMLElement>("[data-wall-turns]"))
    stage.querySelectorAll(":scope > [data-wall-panel]").forEach((panel, index) => panel.classList.toggle("is-away", index !== 0));
}

export function startWall(wall: HTMLElement): void {
  runClock(wall);
  wall.querySelectorAll<HTMLElement>("[data-wall-turns]").forEach(takeTurns);
  setInterval(() => void renew(wall).catch(() => undefined), RENEW_MS);
}

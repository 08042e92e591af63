/**
 * Plays a track: `<section data-track>` beside a map holds its address, a slider, a button and a place
 * for what was then. Without a map it stays hidden; the page's tables say the same.
 */
import type { Map as LibreMap } from "maplibre-gl";
import { formatClockSeconds, formatNumber } from "../format.ts";
import type { Color } from "./drawing.ts";
import { type TrackWords, drawMoment, drawTrack } from "./track_drawing.ts";
import { type Moment, type Track, momentAt, nearestRow } from "./track.ts";

const REACH_PX = 16;
/** Who asked for less motion sees a step a second. */
const CALM_STEP_MS = 1000;
const SLIDER_STEPS = 600;

interface PlayerWords extends TrackWords {
  play: string;
  pause: string;
  speed: string;
  unknown: string;
  failed: string;
}

const isCalm = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** What is said of a moment, on the page and to a screen reader. */
export function tell(at: number, moment: Moment, words: Pick<PlayerWords, "speed" | "unknown">): string {
  const clock = formatClockSeconds(new Date(at));
  if (moment.unknown) return `${clock} · ${words.unknown}`;
  if (moment.speed === null) return clock;
  return `${clock} · ${words.speed.replace("{speed}", formatNumber(moment.speed, 0))}`;
}

export class TrackPlayer {
  private at: number;
  private timer: number | undefined;
  private last = 0;
  private readonly slider: HTMLInputElement;
  private readonly button: HTMLButtonElement;
  private readonly pace: HTMLSelectElement;
  private readonly now: HTMLElement;

  constructor(
    box: HTMLElement,
    private readonly track: Track,
    private readonly words: PlayerWords,
    private readonly show: (moment: Moment, isPlaying: boolean) => void,
  ) {
    const find = <T extends HTMLElement>(name: string): T => box.querySelector<T>(`[data-track-${name}]`) as T;
    this.slider = find("slider");
    this.button = find("play");
    this.pace = find("pace");
    this.now = find("now");
    this.slider.min = String(this.first);
    this.slider.max = String(this.end);
    this.slider.step = String(Math.max(1000, Math.round((this.end - this.first) / SLIDER_STEPS / 1000) * 1000));
    this.at = this.first;
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    this.button.addEventListener("click", () => (this.isPlaying ? this.pause() : this.play()));
    this.go(this.first);
  }

  get isPlaying(): boolean {
    return this.timer !== undefined;
  }

  private get first(): number {
    return this.track.time[0] ?? 0;
  }

  private get end(): number {
    return this.track.time.at(-1) ?? 0;
  }

  /** Be at an instant. */
  go(at: number): void {
    this.at = Math.min(this.end, Math.max(this.first, at));
    const moment = momentAt(this.track, this.at);
    const text = tell(this.at, moment, this.words);
    this.slider.value = String(this.at);
    this.slider.setAttribute("aria-valuetext", text);
    this.now.textContent = text;
    this.show(moment, this.isPlaying);
  }

  play(): void {
    if (this.at >= this.end) this.go(this.first);
    this.last = performance.now();
    this.wait();
    this.say(this.words.pause, true);
  }

  pause(): void {
    if (this.timer !== undefined) (isCalm() ? clearTimeout : cancelAnimationFrame)(this.timer);
    this.timer = undefined;
    this.say(this.words.play, false);
  }

  private wait(): void {
    this.timer = isCalm() ? window.setTimeout(() => this.step(performance.now()), CALM_STEP_MS) : requestAnimationFrame((now) => this.step(now));
  }

  private step(now: number): void {
    const took = Math.max(0, now - this.last);
    this.last = now;
    this.go(this.at + took * Number(this.pace.value));
    if (this.at >= this.end || !this.slider.isConnected) this.pause();
    else this.wait();
  }

  private say(label: string, isPlaying: boolean): void {
    this.button.setAttribute("aria-label", label);
    this.button.title = label;
    this.button.classList.toggle("is-playing", isPlaying);
  }
}

/** Draw and play the track that stands beside this map, if one does. */
export async function wireTrack(map: LibreMap, frame: HTMLElement, color: Color): Promise<void> {
  const box = frame.parentElement?.querySelector<HTMLElement>("[data-track]");
  if (!box) return;
  const words = JSON.parse(box.querySelector("script")?.textContent ?? "{}") as PlayerWords;
  let track: Track;
  try {
    const answer = await fetch(box.dataset["track"] ?? "", { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    track = (await answer.json()) as Track;
  } catch {
    box.replaceChildren(words.failed);
    box.hidden = false;
    return;
  }
  if (!track.time.length) return;
  start(map, box, track, words, color);
}

function start(map: LibreMap, box: HTMLElement, track: Track, words: PlayerWords, color: Color): void {
  drawTrack(map, track, words, color);
  const player = new TrackPlayer(box, track, words, (moment, isPlaying) => {
    drawMoment(map, moment);
    if (isPlaying && !map.getBounds().contains([moment.lon, moment.lat])) map.panTo([moment.lon, moment.lat], { animate: !isCalm() });
  });
  map.on("style.load", () => {
    drawTrack(map, track, words, color);
    player.go(Number(box.querySelector<HTMLInputElement>("[data-track-slider]")?.value));
  });
  map.on("click", ({ point }) => {
    const row = nearestRow(track, point.x, point.y, (lon, lat) => map.project([lon, lat]), REACH_PX);
    if (row >= 0) player.go(track.time[row] ?? 0);
  });
  box.hidden = false;
}

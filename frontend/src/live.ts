/**
 * Live values. A page asks for a ticket (`<body data-live-ticket="/live/ticket?...">`), opens the
 * gateway's event stream with it, and hands each change to whoever listens; `[data-live="<id>"]`
 * elements show the value themselves. A lost stream comes back by itself, ever more patiently,
 * and the page says when its figures have grown old.
 */
import { formatClock, formatNumber } from "./format.ts";
import { word } from "./words.ts";

/** The latest observation of a datastream; `time` in milliseconds since 1970. */
export interface Reading {
  datastream: number;
  time: number;
  result: number | null;
  quality: number;
}

/** Where things are now, in columns as long as each other; `time` in milliseconds, speed in km/h. */
export interface Positions {
  thing: number[];
  time: number[];
  lon: number[];
  lat: number[];
  speed: (number | null)[];
  heading: (number | null)[];
}

type Listener = (readings: Reading[]) => void;
type Follower = (positions: Positions) => void;
type LiveState = "connecting" | "live" | "stale";

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
const SILENCE_MS = 90_000;
const FRESH_MS = 2_000;
const RENEWAL_MS = 1_500;

const listeners = new Set<Listener>();
const followers = new Set<Follower>();

/** Be told of readings as they arrive. */
export function onReadings(listener: Listener): void {
  listeners.add(listener);
}

/** Be told where things have moved. */
export function onPositions(follower: Follower): void {
  followers.add(follower);
}

/** Wait before attempt `n` (0, 1, 2, ...): doubling, capped, with a share of chance against herds. */
export function waitBefore(attempt: number, chance: number): number {
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
  return longest / 2 + (longest / 2) * chance;
}

export function readReadings(text: string): Reading[] {
  const message = JSON.parse(text) as { readings?: Reading[] } | Reading[];
  return Array.isArray(message) ? message : (message.readings ?? []);
}

function sayState(state: LiveState, at?: Date): void {
  for (const label of document.querySelectorAll<HTMLElement>("[data-live-word]")) {
    label.dataset["liveState"] = state;
    const text = word(`live_${state}`, { time: formatClock(at ?? new Date()) });
    if (label.textContent !== text) label.textContent = text;
  }
}

function showReading(element: HTMLElement, reading: Reading): void {
  const decimals = element.dataset["liveDecimals"];
  element.textContent =
    reading.result === null
      ? word("no_value")
      : formatNumber(reading.result, decimals ? Number(decimals) : undefined);
  element.dataset["fresh"] = "";
  setTimeout(() => delete element.dataset["fresh"], FRESH_MS);
}

function showReadings(readings: Reading[]): void {
  for (const reading of readings)
    for (const element of document.querySelectorAll<HTMLElement>(`[data-live="${reading.datastream}"]`))
      showReading(element, reading);
}

/** One page's stream, with its patience and its sense of silence. */
class Stream {
  private attempt = 0;
  private lastHeard = new Date();
  private renewal: ReturnType<typeof setTimeout> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly ticketUrl: string) {}

  async open(): Promise<void> {
    try {
      const answer = await fetch(this.ticketUrl, { headers: { Accept: "application/json" } });
      if (answer.status === 403 || answer.status === 404) return;
      if (!answer.ok) throw new Error(`ticket: ${answer.status}`);
      const { url } = (await answer.json()) as { url: string };
      this.listen(new EventSource(url));
    } catch {
      this.openLater();
    }
  }

  private listen(source: EventSource): void {
    source.onopen = () => this.heard();
    source.onmessage = (event) => this.receive(event.data as string);
    source.addEventListener("readings", (event) => this.receive(event.data as string));
    source.addEventListener("positions", (event) => this.follow(event.data as string));
    source.addEventListener("alarms", () => this.changed("alarms"));
    source.addEventListener("heartbeat", () => this.heard());
    source.onerror = () => {
      source.close(); // the ticket may have run out: always fetch a new one
      this.openLater();
    };
    addEventListener("pagehide", () => source.close(), { once: true });
  }

  private receive(text: string): void {
    const readings = readReadings(text);
    for (const listener of listeners) listener(readings);
    this.heard();
  }

  private follow(text: string): void {
    const positions = JSON.parse(text) as Positions;
    for (const follower of followers) follower(positions);
    this.heard();
  }

  /** Parts of the page that follow `subject` are asked to renew themselves, not too often. */
  private changed(subject: string): void {
    this.heard();
    if (this.renewal) return;
    this.renewal = setTimeout(() => {
      this.renewal = undefined;
      for (const part of document.querySelectorAll(`[data-live-refresh="${subject}"]`))
        part.dispatchEvent(new CustomEvent("live-change"));
    }, RENEWAL_MS);
  }

  private heard(): void {
    this.attempt = 0;
    this.lastHeard = new Date();
    clearTimeout(this.silence);
    this.silence = setTimeout(() => sayState("stale", this.lastHeard), SILENCE_MS);
    sayState("live", this.lastHeard);
  }

  private openLater(): void {
    clearTimeout(this.silence);
    sayState(this.attempt > 1 ? "stale" : "connecting", this.lastHeard);
    setTimeout(() => void this.open(), waitBefore(this.attempt, Math.random()));
    this.attempt += 1;
  }
}

export function followLive(): void {
  const ticketUrl = document.body.dataset["liveTicket"];
  if (!ticketUrl) return;
  onReadings(showReadings);
  sayState("connecting");
  void new Stream(ticketUrl).open();
}

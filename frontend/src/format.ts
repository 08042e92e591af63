/** Figures and instants as the page's reader writes them. */
import { language, timeZone } from "./words.ts";

export function formatNumber(value: number, decimals?: number): string {
  const digits = decimals ?? (Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
  const minimum = decimals ?? 0;
  return new Intl.NumberFormat(language, {
    minimumFractionDigits: minimum,
    maximumFractionDigits: digits,
  }).format(value);
}

const parts = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat(language, { timeZone, hourCycle: "h23", ...options });

const clock = parts({ hour: "2-digit", minute: "2-digit" });
const clockSeconds = parts({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = parts({ month: "numeric", day: "numeric" });
const month = parts({ year: "numeric", month: "numeric" });
const full = parts({ dateStyle: "medium", timeStyle: "short" });
const longDay = parts({ year: "numeric", month: "long", day: "numeric", weekday: "long" });

export const formatClock = (at: Date): string => clock.format(at);
export const formatClockSeconds = (at: Date): string => clockSeconds.format(at);
export const formatLongDay = (at: Date): string => longDay.format(at);
export const formatInstant = (at: Date): string => full.format(at);

const HOUR_MS = 3_600_000;

/** A tick's text for an axis that spans `span_ms`: hours, days or months. */
export function formatTick(at: Date, span_ms: number): string {
  if (span_ms <= 48 * HOUR_MS) return clock.format(at);
  return span_ms <= 200 * 24 * HOUR_MS ? day.format(at) : month.format(at);
}

/** Drafts save themselves a moment after one stops writing; an older copy never overwrites a newer. */
import { word } from "../words.ts";

const PAUSE_MS = 1500;

interface Saved {
  readonly revision?: number;
  readonly saved_at?: string;
  readonly stale?: boolean;
}

export function keepSaved(form: HTMLFormElement): void {
  const address = form.dataset["autosave"];
  if (!address) return;
  let timer = 0;
  let running = false;
  let stopped = false;
  const later = (): void => {
    if (stopped) return;
    clearTimeout(timer);
    tell(form, word("draft_unsaved"));
    timer = window.setTimeout(() => void save(), PAUSE_MS);
  };
  const save = async (): Promise<void> => {
    if (running) return later();
    running = true;
    const answer = await send(form, address);
    running = false;
    if (answer?.stale) stopped = true;
    if (!stopped) show(form, answer);
    else tell(form, word("draft_stale"), "bad");
  };
  form.addEventListener("input", later);
  form.addEventListener("submit", () => {
    stopped = true;
    clearTimeout(timer);
  });
}

async function send(form: HTMLFormElement, address: string): Promise<Saved | null> {
  const body = new FormData(form);
  for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
  try {
    const answer = await fetch(address, { method: "POST", body, redirect: "error" });
    if (answer.status === 409) return { stale: true };
    return answer.ok ? ((await answer.json()) as Saved) : null;
  } catch {
    return null;
  }
}

function show(form: HTMLFormElement, answer: Saved | null): void {
  const revision = form.querySelector<HTMLInputElement>("input[name=revision]");
  if (!answer) return tell(form, word("draft_failed"), "bad");
  if (revision && answer.revision) revision.value = String(answer.revision);
  tell(form, word("draft_saved", { time: answer.saved_at ?? "" }));
}

function tell(form: HTMLFormElement, text: string, tone = ""): void {
  const line = form.querySelector<HTMLElement>("[data-saved]");
  const words = line?.querySelector("[data-saved-word]");
  if (!line || !words || words.textContent === text) return;
  words.textContent = text;
  line.dataset["tone"] = tone;
}

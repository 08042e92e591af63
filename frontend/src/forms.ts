/** Wakes a declared form: checks while one writes, hides what is not asked, saves by itself.
 *
 * Everything also works without this script; it only says earlier what the server would say.
 */
import { readAnswers } from "./forms/answers.ts";
import { findProblems, listAsked, type PageSpec, type Problem } from "./forms/checks.ts";
import { keepSaved } from "./forms/saving.ts";

export function startForm(form: HTMLFormElement): void {
  const holder = form.querySelector("#form-checks");
  if (!holder?.textContent) return;
  const page = JSON.parse(holder.textContent) as PageSpec;
  const show = (): void => showAsked(form, page);
  form.noValidate = true;
  show();
  let pressing = false; // a line that comes or goes now would take the button from under the finger
  form.addEventListener("pointerdown", (event) => {
    pressing = (event.target as HTMLElement).closest("button, a") !== null;
  });
  document.addEventListener("pointerup", () => setTimeout(() => (pressing = false), 0));
  form.addEventListener("input", (event) => {
    show();
    const input = event.target as HTMLElement;
    if (input.closest("[data-invalid]")) recheck(form, page, input);
  });
  form.addEventListener("change", (event) => {
    show();
    if (!pressing) recheck(form, page, event.target as HTMLElement);
    upload(form, event.target as HTMLElement);
  });
  form.addEventListener("submit", (event) => guard(form, page, event));
  form.querySelector<HTMLElement>("[data-take-focus]")?.focus();
  keepSaved(form);
  catchUp(form);
  form.dataset["ready"] = "";
}

/** What was written while this script was still on its way counts like what is written now. */
function catchUp(form: HTMLFormElement): void {
  for (const input of form.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("input, textarea")) {
    const isWritten = !["hidden", "file"].includes(input.type) && input.value !== input.defaultValue;
    if (isWritten) input.dispatchEvent(new Event("change", { bubbles: true }));
    if (isWritten) input.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

/** Files go up as soon as they are chosen. */
function upload(form: HTMLFormElement, input: HTMLElement): void {
  if (!input.matches("input[type=file][data-upload]")) return;
  const button = input.parentElement?.querySelector<HTMLButtonElement>("button[name=upload]");
  form.requestSubmit(button ?? null);
}

function showAsked(form: HTMLFormElement, page: PageSpec): void {
  const asked = new Set(listAsked(page, readAnswers(form, page)).map((field) => field.name));
  for (const field of page.fields) {
    const frame = frameOf(form, field.name);
    if (frame?.dataset["showIf"]) frame.toggleAttribute("data-off", !asked.has(field.name));
  }
}

/** After leaving a question: say its problem, or take back what no longer holds. */
function recheck(form: HTMLFormElement, page: PageSpec, input: HTMLElement): void {
  const frame = input.closest<HTMLElement>("[data-field]");
  const path = frame?.dataset["field"];
  if (!frame || !path) return;
  const answers = readAnswers(form, page);
  const found = findProblems(page, answers).filter((problem) => problem.path === path);
  const first = found[0];
  const isEmpty = first && ["required", "choose", "agree"].includes(first.code);
  say(frame, first && !isEmpty ? textOf(page, first) : "");
}

/** Before sending: nothing goes off that the server would refuse, and nothing goes twice. */
function guard(form: HTMLFormElement, page: PageSpec, event: SubmitEvent): void {
  const button = event.submitter as HTMLButtonElement | null;
  const stays = button?.formNoValidate ?? false;
  const found = stays ? [] : findProblems(page, readAnswers(form, page));
  for (const frame of form.querySelectorAll<HTMLElement>("[data-field]")) {
    const problem = found.find((one) => one.path === frame.dataset["field"]);
    if (!stays) say(frame, problem ? textOf(page, problem) : "");
  }
  const first = found[0];
  if (!first) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  focusOn(form, first.path);
}

function focusOn(form: HTMLFormElement, path: string): void {
  const target = form.querySelector<HTMLElement>(`#f-${path.replaceAll("/", "-")}`);
  target?.focus();
  target?.closest("[data-field]")?.scrollIntoView({ block: "center" });
}

function say(frame: HTMLElement, text: string): void {
  const line = [...frame.querySelectorAll<HTMLElement>("[data-problem]")].find(
    (one) => one.closest("[data-field]") === frame,
  );
  if (!line) return;
  line.hidden = !text;
  const words = line.querySelector("span");
  if (words) words.textContent = text;
  frame.toggleAttribute("data-invalid", Boolean(text));
  const input = document.getElementById(line.id.replace(/-problem$/, ""));
  if (!input) return;
  const others = (input.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== line.id);
  const ids = text ? [...others, line.id] : others;
  if (ids.length) input.setAttribute("aria-describedby", ids.join(" "));
  else input.removeAttribute("aria-describedby");
  if (text && input.matches("input, select, textarea, [role=radiogroup]")) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

function textOf(page: PageSpec, problem: Problem): string {
  if (problem.code === "rule") return page.rules.find((rule) => rule.at === problem.path)?.message ?? "";
  return (page.texts[problem.code] ?? "").replace("{limit}", String(problem.limit ?? ""));
}

function frameOf(form: HTMLFormElement, path: string): HTMLElement | null {
  return form.querySelector<HTMLElement>(`[data-field="${path}"]`);
}


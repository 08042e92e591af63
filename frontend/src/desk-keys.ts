/** Keys of the work desk: `j`/`k` walk the rows, `x` ticks, `c` claims, `r` releases, `?` helps.
 *
 * Enter opens by itself, as the focus stands on the row's link.
 */
export function wireDeskKeys(table: HTMLTableElement): void {
  const help = document.querySelector<HTMLDialogElement>("#keys-help");
  for (const button of document.querySelectorAll<HTMLElement>("[data-keys-help]")) {
    button.hidden = !help;
    button.addEventListener("click", () => help?.showModal());
  }
  wireTickAll(table);
  document.addEventListener("keydown", (event) => {
    if (isWriting(event) || help?.open) return;
    if (event.key === "?") help?.showModal();
    else if (event.key === "j") walk(table, 1);
    else if (event.key === "k") walk(table, -1);
    else if (!press(currentRow(table), event.key)) return;
    event.preventDefault();
  });
}

function isWriting(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  const target = event.target as HTMLElement;
  return target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
}

/** The row with the focus, the first one where none has it. */
export function currentRow(table: HTMLTableElement): HTMLElement | null {
  return document.activeElement?.closest<HTMLElement>("[data-row]") ?? table.querySelector("[data-row]");
}

function walk(table: HTMLTableElement, step: number): void {
  const rows = [...table.querySelectorAll<HTMLElement>("[data-row]")];
  const here = document.activeElement?.closest<HTMLElement>("[data-row]");
  const at = here ? rows.indexOf(here) + step : 0;
  const row = rows[Math.max(0, Math.min(rows.length - 1, at))];
  row?.querySelector<HTMLElement>("[data-open]")?.focus();
  row?.scrollIntoView({ block: "nearest" });
}

function press(row: HTMLElement | null, key: string): boolean {
  const targets: Record<string, string> = {
    x: "input[type=checkbox]",
    c: "[data-key-claim]",
    r: "[data-key-release]",
  };
  const wanted = targets[key];
  const target = wanted ? row?.querySelector<HTMLElement>(wanted) : null;
  target?.click();
  return Boolean(target);
}

function wireTickAll(table: HTMLTableElement): void {
  const all = table.querySelector<HTMLInputElement>("[data-tick-all]");
  all?.addEventListener("change", () => {
    for (const box of table.querySelectorAll<HTMLInputElement>("tbody input[type=checkbox]"))
      box.checked = all.checked;
  });
}

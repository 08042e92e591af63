/** Small acts a page declares by attribute: `data-print`, `data-copy`, `data-fullscreen`, .... */
export function wireActions(): void {
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    if (target.closest("[data-print]")) window.print();
    if (target.closest("[data-fullscreen]")) void toggleFullscreen();
    const copy = target.closest<HTMLElement>("[data-copy]");
    if (copy) void copyText(copy);
  });
  document.addEventListener("change", (event) => {
    const field = event.target as HTMLInputElement;
    if (field.matches("[data-submit-on-change]")) field.form?.requestSubmit();
  });
  document.addEventListener("keydown", focusSearch);
}

/** Copy what the element named by `data-copy` says, and show for a moment that it was done. */
async function copyText(button: HTMLElement): Promise<void> {
  const source = document.getElementById(button.dataset["copy"] ?? "");
  if (!source) return;
  try {
    await navigator.clipboard.writeText(source.textContent?.trim() ?? "");
  } catch {
    getSelection()?.selectAllChildren(source); // no clipboard over plain HTTP: it is marked to copy
    return;
  }
  button.dataset["done"] = "";
  setTimeout(() => delete button.dataset["done"], 2000);
}

async function toggleFullscreen(): Promise<void> {
  if (document.fullscreenElement) await document.exitFullscreen();
  else await document.documentElement.requestFullscreen();
}

/** `/` goes to the search field, unless something is being written. */
function focusSearch(event: KeyboardEvent): void {
  const writing = (event.target as Element).matches("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || writing || event.ctrlKey || event.metaKey || event.altKey) return;
  const field = [...document.querySelectorAll<HTMLInputElement>("input[type=search]")].find(
    (candidate) => candidate.offsetParent !== null,
  );
  if (!field) return;
  event.preventDefault();
  field.focus();
}

/** Small acts a page declares by attribute: `data-print`, `data-fullscreen`, `data-submit-on-change`. */
export function wireActions(): void {
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    if (target.closest("[data-print]")) window.print();
    if (target.closest("[data-fullscreen]")) void toggleFullscreen();
  });
  document.addEventListener("change", (event) => {
    const field = event.target as HTMLInputElement;
    if (field.matches("[data-submit-on-change]")) field.form?.requestSubmit();
  });
  document.addEventListener("keydown", focusSearch);
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

/** Menus are `<details class="menu">`; script only adds closing by Escape, by a click elsewhere. */
function closeMenus(except?: Element | null): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]"))
    if (menu !== except) menu.open = false;
}

export function wireMenus(): void {
  document.addEventListener("click", (event) => {
    closeMenus((event.target as Element).closest("details.menu"));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = (event.target as Element).closest<HTMLDetailsElement>("details.menu[open]");
    closeMenus();
    open?.querySelector<HTMLElement>("summary")?.focus();
  });
}

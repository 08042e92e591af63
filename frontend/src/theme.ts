/** Light, dark, or as the device wishes. The choice is a cookie, so the server draws it from the start. */
export type Theme = "auto" | "light" | "dark";

const YEAR_S = 31_536_000;
const isTheme = (value: unknown): value is Theme =>
  value === "auto" || value === "light" || value === "dark";

function applyTheme(theme: Theme): void {
  if (theme === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
  for (const button of document.querySelectorAll<HTMLElement>("[data-theme-choice]"))
    button.setAttribute("aria-pressed", String(button.dataset["themeChoice"] === theme));
  document.dispatchEvent(new CustomEvent("portal:theme"));
}

/** Without script the buttons post their form; with it the change is at once. */
export function wireTheme(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-theme-choice]");
    const choice = button?.dataset["themeChoice"];
    if (!isTheme(choice)) return;
    event.preventDefault();
    document.cookie = `theme=${choice}; path=/; max-age=${YEAR_S}; samesite=lax`;
    applyTheme(choice);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
    document.dispatchEvent(new CustomEvent("portal:theme")),
  );
}

/** Call `redraw` whenever colors change, until `element` leaves the page. */
export function onTheme(element: Element, redraw: () => void): void {
  const listener = (): void => {
    if (element.isConnected) redraw();
    else document.removeEventListener("portal:theme", listener);
  };
  document.addEventListener("portal:theme", listener);
}

/** The color a token has now inside `scope`, as the browser resolves it (`rgb(...)`). */
export function tokenColor(scope: Element, token: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(${token})`;
  probe.hidden = true;
  scope.append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}

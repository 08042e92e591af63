/** One short message at the foot of the page, also read aloud. */
const SHOWN_MS = 6000;

export function announce(text: string): void {
  document.querySelector(".toast")?.remove();
  const toast = document.createElement("div");
  toast.className = "toast";
  toast.setAttribute("role", "status");
  document.body.append(toast);
  toast.textContent = text;
  setTimeout(() => toast.remove(), SHOWN_MS);
}

/** The one script of every page: wakes what the page declares, and fetches heavy parts only then. */
import "../styles/portal.css";
import { wireActions } from "./actions.ts";
import { followLive } from "./live.ts";
import { wireMenus } from "./menus.ts";
import { wireRequests } from "./requests.ts";
import { wireTheme } from "./theme.ts";

/** Start what `root` and its children declare; called again for each part htmx brings in. */
async function wake(root: ParentNode): Promise<void> {
  const charts = root.querySelectorAll<HTMLElement>("[data-chart]:not([data-awake])");
  const maps = root.querySelectorAll<HTMLElement>("[data-map]:not([data-awake])");
  const wall = root.querySelector<HTMLElement>("[data-wall]:not([data-awake])");
  for (const element of [...charts, ...maps, ...(wall ? [wall] : [])]) element.dataset["awake"] = "";
  if (wall) void import("./wall.ts").then(({ startWall }) => startWall(wall));
  const forms = root.querySelectorAll<HTMLFormElement>("form[data-form]:not([data-awake])");
  for (const form of forms) form.dataset["awake"] = "";
  if (forms.length) {
    const { startForm } = await import("./forms.ts");
    forms.forEach(startForm);
  }
  for (const table of root.querySelectorAll<HTMLTableElement>("table[data-desk-keys]:not([data-awake])")) {
    table.dataset["awake"] = "";
    void import("./desk-keys.ts").then(({ wireDeskKeys }) => wireDeskKeys(table));
  }
  for (const frame of root.querySelectorAll<HTMLElement>("[data-process]:not([data-awake])")) {
    frame.dataset["awake"] = "";
    void import("./process.ts").then(({ drawProcess }) => drawProcess(frame));
  }
  if (charts.length) {
    const { drawChart } = await import("./chart.ts");
    for (const figure of charts) drawChart(figure);
  }
  if (maps.length) {
    const { drawMap } = await import("./map.ts");
    for (const frame of maps) drawMap(frame);
  }
}

wireTheme();
wireMenus();
wireActions();
wireRequests((part) => void wake(part));
followLive();
void wake(document);

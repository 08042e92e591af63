/** Draws the process of a case with bpmn-js: what was passed, and where it stands. */
import "bpmn-js/dist/assets/bpmn-js.css";
import "bpmn-js/dist/assets/diagram-js.css";
import Viewer from "bpmn-js/lib/Viewer";
// Dragging moves the picture; the wheel stays the page's.
import MoveCanvasModule from "diagram-js/lib/navigation/movecanvas";
import "../styles/process.css";

interface Drawing {
  readonly bpmn: string;
  readonly current: readonly string[];
  readonly passed: readonly string[];
}

interface Canvas {
  zoom(level: "fit-viewport" | number, center?: "auto"): number;
  addMarker(id: string, marker: string): void;
  scrollToElement(id: string, padding?: number): void;
}

/** Below this the words in the boxes cannot be read. */
const readable = 0.55;

export async function drawProcess(frame: HTMLElement): Promise<void> {
  if (!frame.offsetWidth) return; // a phone has the words instead
  const response = await fetch(frame.dataset["process"] ?? "", { credentials: "same-origin" });
  if (!response.ok) return giveUp(frame);
  const drawing = (await response.json()) as Drawing;
  const viewer = new Viewer({ container: frame, additionalModules: [MoveCanvasModule], ...colors(frame) });
  frame.querySelector(".bjs-powered-by")?.setAttribute("lang", "en"); // a name, not our words
  try {
    await viewer.importXML(drawing.bpmn);
  } catch {
    return giveUp(frame); // the words below the picture say the same
  }
  const canvas = viewer.get<Canvas>("canvas");
  mark(canvas, drawing.passed, "is-passed");
  mark(canvas, drawing.current, "is-current");
  look(frame, canvas, drawing.current.at(-1));
  frame.dataset["drawn"] = "";
}

function colors(frame: HTMLElement): object {
  const style = getComputedStyle(frame);
  const value = (name: string): string => style.getPropertyValue(`--process-${name}`).trim();
  return {
    bpmnRenderer: {
      defaultFillColor: value("fill"),
      defaultStrokeColor: value("stroke"),
      defaultLabelColor: value("label"),
    },
  };
}

/** The whole picture where it can be read; else where the case stands, and a button for the whole. */
function look(frame: HTMLElement, canvas: Canvas, current: string | undefined): void {
  const whole = canvas.zoom("fit-viewport", "auto");
  const button = frame.parentElement?.querySelector<HTMLButtonElement>("[data-process-whole]");
  if (whole >= readable || !current || !button) return;
  let near = false;
  const turn = (): void => {
    near = !near;
    if (!near) return void canvas.zoom("fit-viewport", "auto");
    canvas.zoom(readable + 0.2);
    canvas.scrollToElement(current, 80);
  };
  turn();
  button.hidden = false;
  button.addEventListener("click", turn);
}

function mark(canvas: Canvas, ids: readonly string[], marker: string): void {
  for (const id of ids) {
    try {
      canvas.addMarker(id, marker);
    } catch {
      continue; // a step of a called process has no shape in this picture
    }
  }
}

function giveUp(frame: HTMLElement): void {
  frame.hidden = true;
}

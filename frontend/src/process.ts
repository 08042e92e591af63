/** Draws the process of a case with bpmn-js: what was passed, and where it stands. */
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import "bpmn-js/dist/assets/bpmn-js.css";
import "bpmn-js/dist/assets/diagram-js.css";
import "../styles/process.css";

interface Drawing {
  readonly bpmn: string;
  readonly current: readonly string[];
  readonly passed: readonly string[];
}

interface Canvas {
  zoom(level: "fit-viewport", center?: "auto"): number;
  addMarker(id: string, marker: string): void;
}

export async function drawProcess(frame: HTMLElement): Promise<void> {
  const response = await fetch(frame.dataset["process"] ?? "", { credentials: "same-origin" });
  if (!response.ok) return giveUp(frame);
  const drawing = (await response.json()) as Drawing;
  const style = getComputedStyle(frame);
  const viewer = new NavigatedViewer({
    container: frame,
    bpmnRenderer: {
      defaultFillColor: style.getPropertyValue("--process-fill").trim(),
      defaultStrokeColor: style.getPropertyValue("--process-stroke").trim(),
      defaultLabelColor: style.getPropertyValue("--process-label").trim(),
    },
  });
  try {
    await viewer.importXML(drawing.bpmn);
  } catch {
    return giveUp(frame); // the words below the picture say the same
  }
  const canvas = viewer.get<Canvas>("canvas");
  mark(canvas, drawing.passed, "is-passed");
  mark(canvas, drawing.current, "is-current");
  canvas.zoom("fit-viewport", "auto");
  frame.dataset["drawn"] = "";
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

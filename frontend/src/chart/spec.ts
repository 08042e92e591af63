/** What a page may ask of a chart; the server writes it as JSON (`{% chart spec %}`). */
export interface ChartSpec {
  kind: "line" | "bar" | "steps";
  title: string;
  unit?: string;
  /** `time`: x is an ISO instant; `category`: x is a word of `categories`. */
  x: "time" | "category";
  categories?: string[];
  series: Series[];
  /** A range around a line, as the interval of a forecast. */
  bands?: Band[];
  /** Horizontal lines with a name: a limit value, a target. */
  limits?: Limit[];
  min?: number;
  max?: number;
  decimals?: number;
  stacked?: boolean;
  horizontal?: boolean;
}

export type X = string;

export interface Series {
  name: string;
  points: [X, number | null][];
  /** What is expected, not measured. */
  dashed?: boolean;
  area?: boolean;
  /** A color token such as `--good`; otherwise the next series color. */
  color?: string;
}

export interface Band {
  name: string;
  points: [X, number, number][];
}

export interface Limit {
  value: number;
  name: string;
  tone?: "good" | "notice" | "bad";
}

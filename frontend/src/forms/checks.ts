/** Checks answers as the server will; the twin of `city/casework/forms/cleaning.py`. */
import { type Answers, type Condition, holds, isGiven, listNames } from "./conditions.ts";
import { FORMATS } from "./formats.ts";

export interface Schema {
  readonly type: "string" | "integer" | "number" | "boolean" | "array";
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly multipleOf?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
}

export interface FieldSpec {
  readonly name: string;
  readonly widget: string;
  readonly required: boolean;
  readonly schema: Schema;
  readonly show_if: Condition | null;
  readonly fields?: readonly FieldSpec[];
}

export interface PageSpec {
  readonly fields: readonly FieldSpec[];
  readonly rules: readonly { at: string; holds: Condition; message: string }[];
  readonly texts: Readonly<Record<string, string>>;
  readonly others: Answers;
}

export interface Problem {
  readonly path: string;
  readonly code: string;
  readonly limit?: number;
}

/** Questions of the page that these answers call for. */
export function listAsked(page: PageSpec, answers: Answers): FieldSpec[] {
  const seen: Record<string, unknown> = { ...page.others };
  return page.fields.filter((field) => {
    const asked = !field.show_if || holds(field.show_if, seen);
    if (asked && isGiven(answers[field.name])) seen[field.name] = answers[field.name];
    return asked;
  });
}

/** One problem a question, in the order of the questions. */
export function findProblems(page: PageSpec, answers: Answers): Problem[] {
  const asked = listAsked(page, answers);
  const found = asked.flatMap((field) => checkField(field, answers[field.name], field.name));
  const wrong = new Set(found.map((problem) => problem.path.split("/")[0]));
  const given = { ...page.others, ...pick(answers, asked) };
  for (const rule of page.rules) {
    const names = listNames(rule.holds);
    const mayAsk = names.every((name) => isGiven(given[name]) && !wrong.has(name));
    const isAsked = asked.some((field) => field.name === rule.at);
    if (mayAsk && isAsked && !wrong.has(rule.at) && !holds(rule.holds, given))
      found.push({ path: rule.at, code: "rule" });
  }
  return found;
}

function pick(answers: Answers, asked: readonly FieldSpec[]): Record<string, unknown> {
  return Object.fromEntries(asked.map((field) => [field.name, answers[field.name]]));
}

/** What is wrong with one answer; attachments are the server's to judge. */
export function checkField(field: FieldSpec, value: unknown, path: string): Problem[] {
  if (field.widget === "attachment" || field.widget === "hidden") return [];
  if (!isGiven(value)) return field.required ? [{ path, code: missingCode(field) }] : [];
  if (field.widget === "group") return checkRows(field, value as Answers[], path);
  const problem = checkValue(field.schema, value);
  return problem ? [{ path, ...problem }] : [];
}

function missingCode(field: FieldSpec): string {
  if (field.widget === "checkbox") return "agree";
  return ["radio", "select", "checkboxes", "yes_no"].includes(field.widget) ? "choose" : "required";
}

function checkRows(field: FieldSpec, rows: readonly Answers[], path: string): Problem[] {
  const { minItems = 0, maxItems = Infinity } = field.schema;
  const found: Problem[] = [];
  if (rows.length < minItems) found.push({ path, code: "too_few", limit: minItems });
  if (rows.length > maxItems) found.push({ path, code: "too_many", limit: maxItems });
  rows.forEach((row, index) => {
    for (const inner of field.fields ?? [])
      found.push(...checkField(inner, row[inner.name], `${path}/${index}/${inner.name}`));
  });
  return found;
}

type Found = Omit<Problem, "path"> | null;

function checkValue(schema: Schema, value: unknown): Found {
  if (schema.type === "integer" || schema.type === "number") return checkNumber(schema, value);
  if (schema.type === "array") return checkList(schema, value as unknown[]);
  if (schema.const !== undefined && value !== schema.const) return { code: "agree" };
  if (schema.type === "boolean") return typeof value === "boolean" ? null : { code: "unreadable" };
  return checkText(schema, String(value));
}

function checkText(schema: Schema, text: string): Found {
  const length = [...text].length; // as JSON Schema counts: characters, not UTF-16 units
  const { minLength = 0, maxLength = Infinity, format, pattern } = schema;
  if (length > maxLength) return { code: "too_long", limit: maxLength };
  if (length < minLength) return { code: "too_short", limit: minLength };
  if (schema.enum && !schema.enum.includes(text)) return { code: "not_a_choice" };
  if (pattern && !new RegExp(pattern, "u").test(text)) return { code: "pattern" };
  return format && FORMATS[format] && !FORMATS[format](text) ? { code: format } : null;
}

function checkNumber(schema: Schema, value: unknown): Found {
  if (typeof value !== "number" || (schema.type === "integer" && !Number.isInteger(value)))
    return { code: "not_a_number" };
  if (schema.enum && !schema.enum.includes(value)) return { code: "not_a_choice" };
  const { minimum = -Infinity, maximum = Infinity, exclusiveMinimum = -Infinity, multipleOf } = schema;
  if (value < minimum) return { code: "too_small", limit: minimum };
  if (value <= exclusiveMinimum) return { code: "too_small", limit: exclusiveMinimum };
  if (value > maximum) return { code: "too_large", limit: maximum };
  return multipleOf && !isMultiple(value, multipleOf) ? { code: "step", limit: multipleOf } : null;
}

function isMultiple(value: number, step: number): boolean {
  const times = value / step;
  return Math.abs(times - Math.round(times)) < 1e-9;
}

function checkList(schema: Schema, values: readonly unknown[]): Found {
  const { minItems = 0, maxItems = Infinity } = schema;
  if (values.length < minItems) return { code: "too_few", limit: minItems };
  if (values.length > maxItems) return { code: "too_many", limit: maxItems };
  if (schema.uniqueItems && new Set(values).size < values.length) return { code: "twice" };
  return null;
}

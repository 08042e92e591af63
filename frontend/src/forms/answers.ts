/** Reads the answers out of a form element, as the server reads what it sends. */
import type { FieldSpec, PageSpec } from "./checks.ts";
import { tidy } from "./formats.ts";

/** Answers of the page; a question left empty is not among them. */
export function readAnswers(form: HTMLFormElement, page: PageSpec): Record<string, unknown> {
  const sent = new FormData(form);
  const answers: Record<string, unknown> = {};
  for (const field of page.fields) {
    const value = field.widget === "group" ? readRows(field, sent) : readAnswer(field, sent, field.name);
    if (value !== undefined) answers[field.name] = value;
  }
  return answers;
}

function readAnswer(field: FieldSpec, sent: FormData, name: string): unknown {
  const { type, format } = field.schema;
  if (type === "array") {
    const values = sent.getAll(name).map(String);
    return values.length ? values : undefined;
  }
  const text = String(sent.get(name) ?? "");
  if (type === "boolean") return text ? text === "true" : undefined;
  if (type === "integer" || type === "number") return readNumber(text, type === "integer");
  return tidy(text, format, field.widget === "textarea") || undefined;
}

function readNumber(text: string, whole: boolean): unknown {
  const plain = tidy(text, "money");
  if (!plain) return undefined;
  if (plain.length > 30 || !/^[+-]?[0-9]+(\.[0-9]+)?$/.test(plain)) return plain;
  return whole && plain.includes(".") ? plain : Number(plain);
}

function readRows(field: FieldSpec, sent: FormData): unknown {
  const count = Number(sent.get(`${field.name}-rows`) ?? 0);
  const rows = [];
  for (let index = 0; index < count; index++) {
    const row: Record<string, unknown> = {};
    for (const inner of field.fields ?? []) {
      const value = readAnswer(inner, sent, `${field.name}-${index}-${inner.name}`);
      if (value !== undefined) row[inner.name] = value;
    }
    if (Object.keys(row).length) rows.push(row);
  }
  return rows.length ? rows : undefined;
}

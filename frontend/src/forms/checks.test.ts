import { expect, test } from "vitest";
import cases from "../../../src/ipudong/city/casework/forms/tests/agreed_cases.json";
import { findProblems, type PageSpec } from "./checks.ts";
import { holds } from "./conditions.ts";
import { FORMATS, tidy } from "./formats.ts";

test.each(cases.formats)("$format: $text is $right, as the server says", ({ format, text, right }) => {
  expect(FORMATS[format]?.(text)).toBe(right);
});

test.each(cases.tidied)("$text becomes $kept, as on the server", ({ text, format, lines, kept }) => {
  expect(tidy(text, format, lines)).toBe(kept);
});

test.each(cases.conditions)("condition %# holds as on the server", ({ condition, values, holds: wanted }) => {
  expect(holds(condition, values)).toBe(wanted);
});

test.each(cases.answers)("answers %# have the problems the server finds", ({ answers, problems }) => {
  const found = findProblems(cases.page as unknown as PageSpec, answers);
  expect(Object.fromEntries(found.map(({ path, code }) => [path, code]))).toEqual(problems);
});

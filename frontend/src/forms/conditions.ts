/** Conditions on answers; the twin of `city/casework/forms/conditions.py`. */
export type Answers = Readonly<Record<string, unknown>>;
export type Condition = Readonly<Record<string, unknown>>;

/** Whether the answers fulfill a condition. An answer not given fulfills nothing but `given: false`. */
export function holds(condition: Condition, values: Answers): boolean {
  if (Array.isArray(condition["all"])) return condition["all"].every((part) => holds(part, values));
  if (Array.isArray(condition["any"])) return condition["any"].some((part) => holds(part, values));
  if (condition["not"]) return !holds(condition["not"] as Condition, values);
  return test(condition, values);
}

function test(condition: Condition, values: Answers): boolean {
  const value = values[String(condition["field"])];
  const name = Object.keys(condition).find((key) => key !== "field") ?? "";
  if (name === "given") return isGiven(value) === condition[name];
  const wanted = rightSide(condition[name], values);
  if (!isGiven(value) || !isGiven(wanted)) return false;
  if (name === "is") return value === wanted;
  if (name === "in") return (wanted as unknown[]).includes(value);
  if (name === "has") return Array.isArray(value) && value.includes(wanted);
  return compare(name, value, wanted);
}

function rightSide(wanted: unknown, values: Answers): unknown {
  const other = wanted as Record<string, unknown> | null;
  return typeof other === "object" && other !== null && "field" in other
    ? values[String(other["field"])]
    : wanted;
}

function compare(name: string, value: unknown, wanted: unknown): boolean {
  const alike = typeof value === typeof wanted && ["number", "string"].includes(typeof value);
  if (!alike) return false;
  const [left, right] = [value as number, wanted as number];
  return name === "at_least" ? left >= right : left <= right;
}

export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Answers that a condition asks about. */
export function listNames(condition: Condition): string[] {
  return Object.entries(condition).flatMap(([key, part]) => {
    if (key === "field") return [String(part)];
    const parts = Array.isArray(part) ? part : [part];
    return parts.flatMap((one) => (one && typeof one === "object" ? listNames(one as Condition) : []));
  });
}

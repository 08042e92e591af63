/** Formats of texts; the twin of `city/casework/forms/formats.py`. */
const CITIZEN_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CITIZEN_CHECKS = "10X98765432";
const CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const ORGANIZATION = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const ORGANIZATION_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2];
const PROVINCE = /^(1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])/;

export const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  "citizen-number": isCitizenNumber,
  "credit-code": isCreditCode,
  "mobile-phone": (text) => /^1[3-9][0-9]{9}$/.test(text),
  phone: (text) =>
    /^((0[0-9]{2,3}-?)?[2-9][0-9]{6,7}(-[0-9]{1,6})?|1[3-9][0-9]{9}|[48]00[0-9]{7})$/.test(text),
  date: isDate,
  month: (text) => /^[0-9]{4}-(0[1-9]|1[0-2])$/.test(text),
  "time-of-day": (text) => /^([01][0-9]|2[0-3]):[0-5][0-9]$/.test(text),
  money: (text) => /^(0|[1-9][0-9]{0,11})(\.[0-9]{1,2})?$/.test(text),
  "postal-code": (text) => /^[0-9]{6}$/.test(text),
  email: (text) => text.length <= 254 && /^[^@\s]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/.test(text),
  address: (text) =>
    /^(?=.*[\p{L}\p{N}_]{2})(?=.*([0-9〇一二三四五六七八九十]|[号弄室村组幢])).{4,}$/u.test(text),
};

function sum(values: number[], weights: readonly number[]): number {
  return values.reduce((total, value, place) => total + value * (weights[place] ?? 0), 0);
}

/** GB 11643: division, birth date, ISO 7064 MOD 11-2. */
export function isCitizenNumber(text: string): boolean {
  if (!/^[0-9]{17}[0-9X]$/.test(text) || !PROVINCE.test(text)) return false;
  const [year, month, day] = [text.slice(6, 10), text.slice(10, 12), text.slice(12, 14)];
  if (year === "0000" || !exists(`${year}-${month}-${day}`)) return false;
  const total = sum([...text.slice(0, 17)].map(Number), CITIZEN_WEIGHTS);
  return CITIZEN_CHECKS[total % 11] === text[17];
}

/** GB 32100 modulo 31, with the GB 11714 code inside it. */
export function isCreditCode(text: string): boolean {
  if (!/^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$/.test(text)) return false;
  const division = text.slice(2, 8);
  if (division !== "100000" && !PROVINCE.test(division)) return false;
  const inner = [...text.slice(8, 16)].map((letter) => ORGANIZATION.indexOf(letter));
  const innerCheck = "0123456789X"[(11 - (sum(inner, ORGANIZATION_WEIGHTS) % 11)) % 11];
  const values = [...text.slice(0, 17)].map((letter) => CREDIT.indexOf(letter));
  let weight = 1;
  let total = 0;
  for (const value of values) {
    total += value * weight;
    weight = (weight * 3) % 31;
  }
  return innerCheck === text[16] && CREDIT[(31 - (total % 31)) % 31] === text[17];
}

function isDate(text: string): boolean {
  return exists(text) && Number(text.slice(0, 4)) >= 1850;
}

function exists(text: string): boolean {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** A text as the server keeps it. */
export function tidy(text: string, format = "", lines = false): string {
  const breaks = lines ? text.replace(/\r\n/g, "\n") : text.replace(/\r\n|[\n\r\t]/g, " ");
  const kept = breaks.replace(/[\p{Cc}\p{Cs}]/gu, (mark) =>
    mark === "\n" && lines ? mark : "\t\r".includes(mark) ? " " : "",
  );
  return format && format !== "address" ? normal(kept, format) : kept.trim();
}

function normal(text: string, format: string): string {
  const closed = text.normalize("NFKC").replace(/\s/g, "");
  if (format === "citizen-number" || format === "credit-code") return closed.toUpperCase();
  if (format === "money") return closed.replace(/,/g, "");
  if (format === "mobile-phone") return closed.replace(/^(\+|00)86/, "").replace(/-/g, "");
  return closed;
}

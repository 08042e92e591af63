/** Texts of the page's language, which the server puts into the page: `<script id="words">`. */
type Words = Readonly<Record<string, string>>;

function readWords(): Words {
  const holder = document.getElementById("words");
  return holder?.textContent ? (JSON.parse(holder.textContent) as Words) : {};
}

const words = readWords();

/** The text named `key`, with `{name}` places filled. An unknown key shows itself, so it is noticed. */
export function word(key: string, values: Record<string, string | number> = {}): string {
  const text = words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export const language = document.documentElement.lang || "zh-Hans";
export const timeZone = document.documentElement.dataset["timeZone"] ?? "Asia/Shanghai";

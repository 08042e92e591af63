// Answers expressions from stdin, one JSON [kind, text, context] a line, with feelin's results.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const found = createRequire(process.argv[2]).resolve("feelin");
const { evaluate, unaryTest } = await import(pathToFileURL(found).href);

for await (const line of createInterface({ input: process.stdin })) {
  const [kind, text, context] = JSON.parse(line);
  let answer;
  try {
    answer = { value: (kind === "test" ? unaryTest : evaluate)(text, context).value ?? null };
  } catch (error) {
    answer = { error: String(error.message).slice(0, 200) };
  }
  console.log(JSON.stringify(answer));
}

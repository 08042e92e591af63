/** Collects the Tabler icons the templates name into one sprite, so no list has to be kept by hand. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

const NAMED = [/\{%\s*icon\s+"([a-z0-9-]+)"/g, /\bicon="([a-z0-9-]+)"/g];

/** Names written as `{% icon "map" %}` in a template or `icon="map"` in a manifest row or template. */
export function namesIn(text: string): string[] {
  return NAMED.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1] as string));
}

function sourceFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(html|py)$/.test(name) && !/(^|\/)tests\//.test(name))
    .map((name) => join(root, name));
}

function symbol(iconsFolder: string, name: string): string {
  const outline = join(iconsFolder, "outline", `${name}.svg`);
  const filled = join(iconsFolder, "filled", `${name.replace(/-filled$/, "")}.svg`);
  const file = existsSync(outline) ? outline : filled;
  if (!existsSync(file)) throw new Error(`No Tabler icon is called "${name}"`);
  const shapes = readFileSync(file, "utf8")
    .replace(/<!--[\s\S]*?-->/g, "")
    .replace(/<svg[\s\S]*?>/, "")
    .replace("</svg>", "")
    .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "")
    .replace(/\s+/g, " ");
  return `<symbol id="${name}" viewBox="0 0 24 24">${shapes.trim()}</symbol>`;
}

export function iconSprite(options: { scan: string; icons: string }): Plugin {
  return {
    name: "icon-sprite",
    generateBundle() {
      const names = sourceFiles(options.scan).flatMap((file) => namesIn(readFileSync(file, "utf8")));
      const symbols = [...new Set(names)].sort().map((name) => symbol(options.icons, name));
      const source = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("\n")}</svg>\n`;
      this.emitFile({ type: "asset", fileName: "icons.svg", source });
    },
  };
}

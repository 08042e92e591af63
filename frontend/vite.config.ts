import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { iconSprite } from "./build/sprite.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here("."),
  base: "/static/built/",
  publicDir: false,
  plugins: [iconSprite({ scan: here("../src/ipudong"), icons: here("node_modules/@tabler/icons/icons") })],
  worker: { format: "es" },
  test: { include: ["src/**/*.test.ts"], setupFiles: here("tests/page.ts") },
  build: {
    outDir: here("../src/ipudong/portal/static/built"),
    emptyOutDir: true,
    manifest: "manifest.json",
    // light-dark() must reach the browser: lowered, it cannot follow a darker part of a page.
    cssTarget: ["chrome123", "edge123", "firefox120", "safari17.5"],
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      checks: { eval: false }, // htmx has one, for attributes we switch off (allowEval)
      input: { portal: here("src/portal.ts"), axe: here("src/axe.ts") },
    },
  },
});

import { expect, it } from "vitest";
import { word } from "./words.ts";

it("fills the places of a text and leaves unknown ones", () => {
  expect(word("live_live", { time: "08:00" })).toBe("Live, last change 08:00");
  expect(word("live_live")).toBe("Live, last change {time}");
});

it("shows an unknown key itself, so that it is noticed", () => {
  expect(word("nobody_wrote_this")).toBe("nobody_wrote_this");
});

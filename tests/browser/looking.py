"""What is looked for on every page: barriers, width, words of the other language, the keyboard."""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from django.contrib.staticfiles import finders
from playwright.sync_api import Page

SOURCE = Path(__file__).parents[2] / "src" / "ipudong"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w*\}|%%")
# Names of languages stand in their own language on purpose.
OWN_NAMES = frozenset({"简体中文", "English", "中", "EN"})
# Every text run a person sees or a screen reader says, each with its element's language.
READ_RUNS = """() => {
  const runs = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    const text = node.textContent.replace(/\\s+/g, " ").trim();
    if (!text || parent.closest("script, style, noscript, code, [lang]:not(html)")) continue;
    runs.push(text);
  }
  for (const element of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]"))
    if (!element.closest("[lang]:not(html)"))
      for (const name of ["aria-label", "title", "placeholder", "alt"])
        if (element.getAttribute(name)) runs.push(element.getAttribute(name).trim());
  runs.push(document.title);
  return [...new Set(runs)];
}"""
IS_FOCUSED = "selector => document.activeElement?.matches(selector) ?? false"


def find_violations(page: Page) -> list[str]:
    """What axe-core holds against WCAG 2.2 A and AA and good practice, as `rule: element`.

    The screen is made as high as the page, or what just lies under the bar at the thumb would
    count as too small to touch although one can scroll.
    """
    screen = page.viewport_size
    assert screen is not None
    height = int(page.evaluate("document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": screen["width"], "height": max(height, screen["height"])})
    if not page.evaluate("typeof axe === 'object'"):
        manifest = finders.find("built/manifest.json")
        assert isinstance(manifest, str)
        entry = json.loads(Path(manifest).read_text("utf-8"))["src/axe.ts"]["file"]
        page.add_script_tag(url=f"/static/built/{entry}", type="module")
    found: dict[str, Any] = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", list(RULES)
    )
    page.set_viewport_size(screen)
    return [
        f"{violation['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than the screen."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def put_on_phone(page: Page) -> None:
    """Make the screen that of a small phone and let the page find its new form."""
    page.set_viewport_size({"width": 360, "height": 780})
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))")


@dataclass(frozen=True)
class Wording:
    """All messages of the house: those without gaps as they are, those with gaps as patterns."""

    whole: frozenset[str]
    gapped: tuple[re.Pattern[str], ...]

    def says(self, run: str) -> bool:
        """Whether a text run is one of the messages."""
        return run in self.whole or any(pattern.fullmatch(run) for pattern in self.gapped)


@lru_cache(maxsize=1)
def read_wording() -> tuple[Wording, Wording]:
    """English messages that Chinese says otherwise, and the Chinese ones."""
    english: set[str] = set()
    chinese: set[str] = set()
    for path in sorted(SOURCE.rglob("locale/zh_Hans/LC_MESSAGES/django.po")):
        with path.open("rb") as stream:
            for message in read_po(stream, locale="zh_Hans"):
                said, meant = _forms(message.string), _forms(message.id)
                if message.id and said != meant:
                    english.update(meant)
                    chinese.update(said)
    return _wording(english), _wording({text for text in chinese if has_chinese(text)})


def _forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    forms = [text] if isinstance(text, str) else list(text)
    return [re.sub(r"\s+", " ", form).strip() for form in forms if form]


def _wording(messages: set[str]) -> Wording:
    gapped = {text for text in messages if PLACEHOLDER.search(text)}
    patterns = []
    for text in sorted(gapped):
        fixed = [re.escape(part) for part in PLACEHOLDER.split(text)]
        if len("".join(fixed)) > 3:  # "{a} – {b}" would fit anything
            patterns.append(re.compile(".+?".join(fixed)))
    return Wording(frozenset(messages - gapped), tuple(patterns))


def has_chinese(text: str) -> bool:
    """Whether there is a Chinese character in it."""
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def list_runs(page: Page) -> list[str]:
    """Texts of the page without those that are in their own language on purpose."""
    return [run for run in page.evaluate(READ_RUNS) if run not in OWN_NAMES]


def find_english(page: Page) -> list[str]:
    """Texts of a Chinese page that are English messages, or sentences of no catalogue."""
    english, _ = read_wording()
    return [
        run
        for run in list_runs(page)
        if not has_chinese(run) and (english.says(run) or re.search(r"[a-z]{3,} [a-z]{2,}", run))
    ]


def find_chinese(page: Page, data: frozenset[str]) -> list[str]:
    """Texts of an English page that are Chinese and neither stored `data` nor part of it."""
    _, chinese = read_wording()
    found = []
    for run in filter(has_chinese, list_runs(page)):
        left = run
        for text in sorted(data, key=len, reverse=True):
            left = left.replace(text, "")
        if chinese.says(run) or has_chinese(left):
            found.append(run)
    return found


def is_reached_by_tab(page: Page, selector: str, *, within: int = 120) -> bool:
    """Whether somebody without a mouse comes to the element from the head of the content."""
    page.locator("#main").focus()
    for _ in range(within):
        page.keyboard.press("Tab")
        if page.evaluate(IS_FOCUSED, selector):
            return True
    return False

"""Message catalogues without system packages: extract, compile, check.

msgids are English; each application keeps `locale/zh_Hans/LC_MESSAGES/django.po`. Python is
read by Babel, templates by Django's own translator of templates into Python.
"""

import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import django
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

SOURCE = Path(__file__).resolve().parent.parent / "src" / "ipudong"
LOCALE = "zh_Hans"
UNDATED = datetime(2026, 1, 1, tzinfo=UTC)  # dates in catalogues would only make noise
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def applications() -> list[Path]:
    """Folders that own a catalogue: every folder with an `apps.py`."""
    return sorted(path.parent for path in SOURCE.rglob("apps.py"))


def messages_of(application: Path) -> Catalog:
    """All messages of an application's Python files and templates."""
    catalog = Catalog(locale=LOCALE, project="iPudong", charset="utf-8", fuzzy=False)
    for path in sorted(_sources(application)):
        where = path.relative_to(SOURCE.parent).as_posix()
        for line, message, comments, context in _extract(path):
            catalog.add(message, None, [(where, line)], auto_comments=comments, context=context)
    return catalog


def _sources(application: Path) -> Iterator[Path]:
    inner = [other for other in applications() if other != application]
    for pattern in ("*.py", "*.html", "*.txt"):
        for path in application.rglob(pattern):
            parts = path.relative_to(application).parts
            if "tests" in parts or "migrations" in parts or "built" in parts:
                continue
            if any(path.is_relative_to(o) and o.is_relative_to(application) for o in inner):
                continue
            yield path


def _extract(path: Path) -> Iterator[tuple]:
    text = path.read_text("utf-8")
    if path.suffix != ".py":
        # What is left of the page's own indentation is no Python.
        text = "\n".join(line.strip() for line in templatize(text).splitlines())
    yield from extract("python", io.BytesIO(text.encode()), KEYWORDS, ("Translators:",))


def catalogue_path(application: Path) -> Path:
    """Where an application's Chinese catalogue is."""
    return application / "locale" / LOCALE / "LC_MESSAGES" / "django.po"


def read_catalogue(application: Path) -> Catalog:
    """The stored catalogue, empty where there is none."""
    path = catalogue_path(application)
    if not path.is_file():
        return Catalog(locale=LOCALE, project="iPudong")
    with path.open("rb") as stream:
        return read_po(stream, locale=LOCALE)


def extract_all() -> int:
    """Bring every catalogue up to date with the sources; translations are kept."""
    for application in applications():
        found = messages_of(application)
        if not len(found):
            continue
        stored = read_catalogue(application)
        stored.update(found, no_fuzzy_matching=True)
        stored.obsolete.clear()
        stored.creation_date = stored.revision_date = UNDATED
        stored.fuzzy, stored.version, stored.msgid_bugs_address = False, "1", ""
        stored.header_comment = "# Simplified Chinese of this part."
        stored.last_translator = stored.language_team = "iPudong"
        path = catalogue_path(application)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            write_po(stream, stored, width=100, no_location=True, omit_header=False)
    return 0


def compile_all() -> int:
    """Write the `.mo` files that run time reads."""
    for application in applications():
        path = catalogue_path(application)
        if path.is_file():
            with path.with_suffix(".mo").open("wb") as stream:
                write_mo(stream, read_catalogue(application))
    return 0


def list_clashes() -> list[str]:
    """Messages that two catalogues say differently: at run time all catalogues are one, so a
    reader would see either. Word one of them otherwise in English, or give it a context."""
    said: dict[tuple, dict[object, list[str]]] = {}
    for application in applications():
        name = application.relative_to(SOURCE).as_posix()
        for message in read_catalogue(application):
            if message.id and message.string:
                key = (message.id, message.context)
                said.setdefault(key, {}).setdefault(message.string, []).append(name)
    return [
        f"{message!r} is said in two ways: "
        + "; ".join(f"{chinese!r} in {', '.join(names)}" for chinese, names in ways.items())
        for (message, _), ways in sorted(said.items(), key=str)
        if len(ways) > 1
    ]


def check_all() -> int:
    """List messages that have no Chinese, that have two, and Chinese that has no message; 1 if
    any."""
    problems = list_clashes()
    for application in applications():
        name = application.relative_to(SOURCE).as_posix()
        stored = read_catalogue(application)
        found = messages_of(application)
        for message in found:
            if not message.id:
                continue
            known = stored.get(message.id, message.context)
            strings = known.string if known and isinstance(known.string, tuple) else None
            done = all(strings) if strings else bool(known and known.string)
            if not done or known.fuzzy:
                problems.append(f"{name}: no Chinese for {message.id!r}")
        problems += [
            f"{name}: no longer used: {message.id!r}"
            for message in stored
            if message.id and found.get(message.id, message.context) is None
        ]
    print("\n".join(problems) or "all messages have their Chinese")
    return 1 if problems else 0


if __name__ == "__main__":
    settings.configure(USE_I18N=False)
    django.setup()
    sys.exit({"extract": extract_all, "compile": compile_all, "check": check_all}[sys.argv[1]]())

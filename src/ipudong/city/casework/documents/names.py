"""Names of files as people gave them, made harmless."""

import re
import unicodedata
from typing import Final

from ipudong.city.casework.documents.kinds import AttachmentKind

MAX_STEM_CHARACTERS: Final = 120
# Characters that some file system or a shell reads as something else.
_UNSAFE: Final = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')
_RESERVED: Final = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)$")


def clean_name(given: str, kind: AttachmentKind) -> str:
    """The last part of the path given, without control, direction and path characters, ending as
    its kind does: `../../etc/passwd` of a PDF becomes `passwd.pdf`.

    A hidden right-to-left mark that shows `fdp.exe` as `exe.pdf` is dropped with all of Unicode's
    format characters.
    """
    text = unicodedata.normalize("NFC", given)
    text = "".join(c for c in text if unicodedata.category(c) not in {"Cf", "Cc", "Cs", "Co", "Zl"})
    last = re.split(r"[/\\]", text.rstrip("/\\"))[-1]
    plain = " ".join(_UNSAFE.sub(" ", _strip_suffix(last, kind)).split())
    stem = plain.strip(" .")[:MAX_STEM_CHARACTERS].strip(" .")
    if not stem or _RESERVED.match(stem):
        stem = "document"
    return f"{stem}{kind.suffix}"


def _strip_suffix(name: str, kind: AttachmentKind) -> str:
    for suffix in (kind.suffix, *kind.other_suffixes):
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return name

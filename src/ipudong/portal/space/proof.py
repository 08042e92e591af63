"""The public proof: anybody may ask whether a paper of the district is genuine."""

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from ipudong.city.casework.documents.verification import (
    MAX_FILE_BYTES,
    Verdict,
    published_keys,
    verify_code,
    verify_file,
    verify_token,
)
from ipudong.city.identity.pages import permitted
from ipudong.portal.space.licence_views import in_language

WORDS: Final = {
    "valid": (gettext_lazy("Genuine and valid"), gettext_lazy("The district issued this paper.")),
    "expired": (
        gettext_lazy("Genuine, but no longer valid"),
        gettext_lazy("The district issued this paper; its last day has passed."),
    ),
    "revoked": (
        gettext_lazy("Genuine, but taken back"),
        gettext_lazy("The district issued this paper and has revoked it. Do not rely on it."),
    ),
    "altered": (
        gettext_lazy("Changed after it was signed"),
        gettext_lazy("The file is not as the district signed it. Do not rely on it."),
    ),
    "unsigned": (
        gettext_lazy("Not signed"),
        gettext_lazy("The file bears no signature. Papers of the district always do."),
    ),
    "foreign": (
        gettext_lazy("Signed, but not by this district"),
        gettext_lazy("Ask whoever signed it, not us."),
    ),
    "unreadable": (
        gettext_lazy("Not a paper of the district"),
        gettext_lazy("The file cannot be read as a PDF that the district issues."),
    ),
    "unknown": (
        gettext_lazy("No such paper"),
        gettext_lazy("The district knows no paper with this code. Compare it letter by letter."),
    ),
    "not_the_paper": (
        gettext_lazy("Not the paper that was issued"),
        gettext_lazy("It is signed, but is not what the district keeps. Do not rely on it."),
    ),
    "unreadable_code": (
        gettext_lazy("This text is no verification code"),
        gettext_lazy("Scan the QR again, or type the code printed beside it."),
    ),
    "unknown_key": (
        gettext_lazy("Signed by a key that is not the district's"),
        gettext_lazy("Do not rely on it."),
    ),
    "forged_code": (
        gettext_lazy("A forged code"),
        gettext_lazy("Its signature does not hold. Do not rely on the paper."),
    ),
    "file_too_large": (
        gettext_lazy("The file is too large"),
        gettext_lazy("Papers of the district are much smaller. Choose another file."),
    ),
}
TONES: Final = {"valid": "good", "expired": "notice", "unknown": "notice"}


@dataclass(frozen=True)
class VerdictView:
    """A verdict in words."""

    verdict: Verdict

    @property
    def title(self) -> str:
        return str(WORDS[self.verdict.code][0])

    @property
    def advice(self) -> str:
        return str(WORDS[self.verdict.code][1])

    @property
    def tone(self) -> str:
        return TONES.get(self.verdict.code, "bad")

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What is public of the paper, titled."""
        facts = self.verdict.facts
        if not facts:
            return []
        pairs = {name: {"zh": facts[f"{name}_zh"], "en": facts[f"{name}_en"]} for name in PAIRS}
        rows = [
            (_("Paper"), in_language(pairs["title"])),
            (_("Number"), facts["number"]),
            (_("Holder"), facts["holder"]),
            (_("Issued by"), in_language(pairs["department"])),
            (_("Issued on"), facts["issued_on"]),
            (_("Valid until"), facts["valid_until"]),
            (_("Why it was taken back"), facts["revoked_reason"]),
        ]
        return [(name, text) for name, text in rows if text]


PAIRS: Final = ("title", "department")


@permitted("casework.verify_paper")
def show_entrance(request: HttpRequest) -> HttpResponse:
    """Three ways to ask: by code, by file, by the text of a QR."""
    code = "".join(request.GET.get("code", "").split()).replace("-", "")
    if code.isalnum() and len(code) <= 26:
        return redirect("portal:space:verify_code", code)
    return render(request, "space/verify.html", {"asked": request.GET.get("code", "")})


@permitted("casework.verify_paper")
def show_verdict(request: HttpRequest, code: str) -> HttpResponse:
    """What the district keeps under a code, masked as the public may see it."""
    return _answer(request, verify_code(code, today=timezone.localdate()))


@permitted("casework.verify_paper")
@require_POST
def judge_file(request: HttpRequest) -> HttpResponse:
    """Judge a PDF; it is looked at and forgotten."""
    upload = request.FILES.get("file")
    if upload is None:
        return redirect("portal:space:verify")
    if upload.size is None or upload.size > MAX_FILE_BYTES:
        return _answer(request, Verdict(code="file_too_large", facts={}))
    return _answer(request, verify_file(upload.read(), today=timezone.localdate()))


@permitted("casework.verify_paper")
@require_POST
def judge_text(request: HttpRequest) -> HttpResponse:
    """Judge the text of a QR."""
    text = request.POST.get("text", "")[:8192]
    return _answer(request, verify_token(text, today=timezone.localdate()))


@permitted("casework.verify_paper")
def list_keys(request: HttpRequest) -> JsonResponse:
    """The public keys, to be kept by those who verify offline."""
    response = JsonResponse(published_keys(), json_dumps_params={"indent": 2})
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _answer(request: HttpRequest, verdict: Verdict) -> HttpResponse:
    status = 404 if verdict.code == "unknown" else 200
    response = render(request, "space/verdict.html", {"view": VerdictView(verdict)}, status=status)
    add_never_cache_headers(response)
    return response

"""Interface tokens: list, issue, revoke. A token's text is on one answer and nowhere else."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from ipudong.city.identity import directory, services
from ipudong.city.identity.models import Account, ApiToken
from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.identity.permits import declared_permits
from ipudong.city.identity.queries import is_administrator
from ipudong.city.identity.services import IdentityError
from ipudong.portal.administration.pages import draw
from ipudong.portal.administration.refusals import words_of
from ipudong.portal.administration.token_forms import TokenForm

TOKENS_A_PAGE: Final = 40
SOON: Final = timedelta(days=14)


@dataclass(frozen=True)
class TokenView:
    """One token with its words, as of `now`."""

    token: ApiToken
    now: datetime

    @property
    def scopes(self) -> list[str]:
        rows = declared_permits()
        return [str(rows[code].title) if code in rows else code for code in self.token.scopes]

    @property
    def is_live(self) -> bool:
        return self.token.revoked_at is None and self.token.expires_at > self.now

    @property
    def state_title(self) -> str:
        if self.token.revoked_at:
            return _("Revoked")
        if not self.is_live:
            return _("Expired")
        if not self.token.account.is_active:
            return _("Account deactivated")
        return _("Expires soon") if self.token.expires_at - self.now <= SOON else _("Valid")

    @property
    def tone(self) -> str:
        if not self.is_live or not self.token.account.is_active:
            return ""
        return "notice" if self.token.expires_at - self.now <= SOON else "good"


@permitted("identity.manage_tokens")
def list_tokens(request: HttpRequest) -> HttpResponse:
    """The reader's tokens; an administrator sees everybody's."""
    actor, now = actor_of_request(request), timezone.now()
    found = directory.list_tokens(actor)
    page = Paginator(found, TOKENS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "tokens": [TokenView(token, now) for token in page],
        "sees_all": is_administrator(actor),
    }
    return draw(request, "administration/tokens.html", context)


@permitted("identity.manage_tokens")
@sensitive_variables("text")
def issue_token(request: HttpRequest) -> HttpResponse:
    """Issue a token for the reader's own account."""
    actor, now = actor_of_request(request), timezone.now()
    form = TokenForm(request.POST or None, actor=actor)
    if request.method != "POST":
        return draw(request, "administration/new_token.html", {"form": form})
    if form.is_valid():
        given = form.cleaned_data
        try:
            token, text = services.issue_token(
                account=Account.objects.get(pk=actor.account_id or 0),
                name=given["name"],
                scopes=given["scopes"],
                expires_at=now + timedelta(days=given["days"]),
                by=actor,
                at=now,
            )
        except IdentityError as error:
            form.add_error(None, words_of(error))
        else:
            context = {"view": TokenView(token, now), "text": text}
            return draw(request, "administration/token_text.html", context)
    return draw(request, "administration/new_token.html", {"form": form}, status=422)


@permitted("identity.manage_tokens")
@require_POST
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    """End a token's life now."""
    actor = actor_of_request(request)
    try:
        token = directory.get_token(actor, token_id)
    except ApiToken.DoesNotExist as error:
        raise Http404 from error
    services.revoke_token(token=token, at=timezone.now(), by=actor)
    messages.success(request, _("The token is revoked; within seconds it opens nothing more."))
    return redirect("portal:administration:tokens")

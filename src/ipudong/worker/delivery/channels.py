"""How a message goes out by each channel. Each call ends within its time limit."""

import asyncio
import json
import smtplib
import ssl
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Final
from urllib.parse import quote_plus, urlsplit

import httpx
from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from ipudong.worker.delivery.dispatcher import Message, Sender, SendError
from ipudong.worker.delivery.mqtt import publish
from ipudong.worker.delivery.options import (
    MQTT_HOST,
    SMS_AUTHORIZATION,
    SMS_BODY,
    SMS_TYPE,
    SMS_URL,
    WEBHOOK_SECONDS,
)
from ipudong.worker.delivery.signing import headers_of

MAIL_SECONDS: Final = 15
MAX_ANSWER: Final = 65_536
# RFC 9110: these say that the request itself is wrong, so the same again will not do. A timeout
# (408), too early (425) and too many (429) say the contrary.
_COME_AGAIN: Final = (408, 425, 429)


def list_senders() -> Mapping[str, Sender]:
    """The channels that are set up."""
    senders: dict[str, Sender] = {"webhook": send_webhook}
    if settings.IPUDONG_MAIL_IS_SET:
        senders["email"] = send_mail
    if SMS_URL.get():
        senders["sms"] = send_text
    if MQTT_HOST.get():
        senders["mqtt"] = publish
    return senders


def send_webhook(message: Message) -> None:
    """POST the event, signed where the policy has a secret. Raises SendError."""
    headers = headers_of(message.secret, f"delivery-{message.id}", int(time.time()), message.body)
    headers["content-type"] = "application/cloudevents+json"
    post(message.address, message.body, headers, within_s=WEBHOOK_SECONDS.get())


def send_text(message: Message) -> None:
    """POST the text to the text-message gateway. Raises SendError."""
    kind = SMS_TYPE.get()
    quote = quote_plus if "form" in kind else _quote_json
    body = SMS_BODY.get().replace("{phone}", quote(message.address))
    body = body.replace("{text}", quote(message.text))
    headers = {"content-type": f"{kind}; charset=utf-8"}
    if SMS_AUTHORIZATION.get():
        headers["authorization"] = SMS_AUTHORIZATION.get()
    post(SMS_URL.get(), body.encode(), headers, within_s=WEBHOOK_SECONDS.get())


def _quote_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def post(url: str, body: bytes, headers: Mapping[str, str], *, within_s: float) -> None:
    """One request that ends within so many seconds, whatever the other side does: an answer that
    drips byte by byte too. Redirects are not followed. Raises SendError."""
    if not is_web_address(url):
        raise SendError("not_a_web_address", is_final=True, is_of_endpoint=False)
    try:
        status = asyncio.run(_post(url, body, dict(headers), within_s))
    except TimeoutError as error:
        raise SendError(f"no answer within {within_s:g} s") from error
    except (httpx.InvalidURL, UnicodeError) as error:
        raise SendError(f"not_a_web_address: {error}", is_final=True) from error
    except (httpx.HTTPError, OSError) as error:
        raise SendError(f"{type(error).__name__}: {error}") from error
    if status >= 300:
        is_final = 300 <= status < 500 and status not in _COME_AGAIN
        raise SendError(f"HTTP {status}", is_final=is_final, is_of_endpoint=not is_final)


def is_web_address(url: str) -> bool:
    """Whether it can be asked at all."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


async def _post(url: str, body: bytes, headers: dict[str, str], within_s: float) -> int:
    async with (
        asyncio.timeout(within_s),
        httpx.AsyncClient(verify=_tls(), timeout=within_s, trust_env=False) as client,
        client.stream("POST", url, content=body, headers=headers) as answer,
    ):
        size = 0
        async for chunk in answer.aiter_raw():
            size += len(chunk)
            if size > MAX_ANSWER:
                break
        return answer.status_code


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def send_mail(message: Message) -> None:
    """Hand the mail to the mail server of the settings. Raises SendError."""
    connection = get_connection(timeout=MAIL_SECONDS)
    mail = EmailMessage(
        message.subject.replace("\n", " "),
        message.text,
        to=[message.address],
        headers={"Message-ID": f"<ipudong-delivery-{message.id}@{_mail_domain()}>"},
        connection=connection,
    )
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _text in error.recipients.values()]
        is_final = all(code >= 500 for code in codes)
        raise SendError(f"refused: {codes}", is_final=is_final, is_of_endpoint=False) from error
    except (smtplib.SMTPException, OSError) as error:
        raise SendError(f"{type(error).__name__}: {error}") from error
    except ValueError as error:  # a line break in an address
        raise SendError(str(error), is_final=True, is_of_endpoint=False) from error
    finally:
        connection.close()  # Django leaves it open where STARTTLS or the login failed


def _mail_domain() -> str:
    return str(settings.DEFAULT_FROM_EMAIL).rpartition("@")[2].strip("> ") or "localhost"

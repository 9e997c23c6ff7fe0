"""Sending the report of a night by mail."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from engine.errors import InputError
from engine.reports.briefing import Briefing
from engine.reports.html import html, markdown
from engine.reports.wording import title

SECONDS = 30
"""How long the mail server is waited for."""


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server.

    Attributes
    ----------
    host, port
        Where it listens.
    secure
        Whether it speaks TLS from the start; else TLS is begun where it offers that.
    user, password
        Both empty: it wants none.
    """

    host: str
    port: int
    secure: bool
    user: str
    password: str


def mail_server(url: str) -> Server:
    """Return the server that ``smtp[s]://[user:password@]host[:port]`` names.

    Raises
    ------
    InputError
        `url` is no such address.
    """
    # The address is not repeated: it may hold a password.
    expected = "expected a mail server as smtp://host:25 or smtps://user:password@host:465"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InputError(f"{expected}, got something else") from error
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise InputError(f"{expected}, got something else")
    secure = parts.scheme == "smtps"
    return Server(
        parts.hostname,
        port or (smtplib.SMTP_SSL_PORT if secure else smtplib.SMTP_PORT),
        secure,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )


def mail_address(text: str) -> Address:
    """Return an address of one person.

    Raises
    ------
    InputError
        It is none.
    """
    with suppress(ValueError, IndexError, HeaderParseError):
        address = Address(addr_spec=text)
        if address.username and address.domain:
            return address
    raise InputError(f"expected a mail address such as desk@example.org, got {text!r}")


def send_report(briefing: Briefing, to: Sequence[str], server: Server) -> str:
    """Mail a report; returns and raises as `send`."""
    return send(report_message(briefing, to), server)


def send(message: EmailMessage, server: Server) -> str:
    """Send a mail; return what went wrong, or the empty text.

    A night that is published does not fail because its mail does.
    """
    try:
        if server.secure:
            context = ssl.create_default_context()
            with smtplib.SMTP_SSL(
                server.host, server.port, timeout=SECONDS, context=context
            ) as connection:
                _send(connection, message, server)
        else:
            with smtplib.SMTP(server.host, server.port, timeout=SECONDS) as connection:
                _begin_tls(connection, server)
                _send(connection, message, server)
    except (OSError, ValueError) as error:  # smtplib's own errors are OSErrors
        return f"{server.host} did not take the mail: {error}"
    return ""


def report_message(briefing: Briefing, to: Sequence[str]) -> EmailMessage:
    """Return the report as a mail, with the page of HTML beside the Markdown.

    Raises
    ------
    InputError
        One of `to` is no mail address.
    """
    subject = title(briefing) + (": held back" if briefing.reasons else "")
    return message_of(subject, to, markdown(briefing), html(briefing))


def message_of(subject: str, to: Sequence[str], text: str, page: str) -> EmailMessage:
    """Return a mail of a text with a page of HTML beside it; raises as `report_message`."""
    message = EmailMessage()
    message["Subject"] = subject
    addresses = [mail_address(one) for one in to]
    message["From"] = Address("News story engine", addr_spec=addresses[0].addr_spec)
    message["To"] = addresses
    message.set_content(_sendable(text))
    message.add_alternative(_sendable(page), subtype="html")
    return message


def _sendable(text: str) -> str:
    # Lone surrogates in broken input cannot be sent.
    return text.encode("utf-8", "backslashreplace").decode()


def _begin_tls(connection: smtplib.SMTP, server: Server) -> None:
    connection.ehlo()
    if connection.has_extn("starttls"):
        connection.starttls(context=ssl.create_default_context())
    elif server.user:
        raise ValueError("it offers no TLS, and a password is not sent in the clear")


def _send(connection: smtplib.SMTP, message: EmailMessage, server: Server) -> None:
    if server.user:
        connection.login(server.user, server.password)
    connection.send_message(message)

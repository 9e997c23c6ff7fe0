"""Reads newsletters: an mbox of mails, or one mail."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import parseaddr
from typing import BinaryIO, Final

from engine.domain import Reject
from engine.reading.records import Record

LARGEST: Final = 32 * 1024 * 1024
"""Bytes of one mail with its attachments."""

_SHORTEST: Final = 200
"""Characters of the plain part from which it is read; shorter ones say "see the web page"."""


def read_mail(stream: BinaryIO, name: str) -> Iterator[Record | Reject]:
    """Yield one record a mail: subject, text, sender and date; attachments are not read.

    `Record.line` is the line on which the mail starts.
    """
    for line, data in _mails(stream):
        if data is None:
            yield Reject(name, line, "", f"the mail is larger than {LARGEST >> 20} MiB")
            continue
        try:
            mail = message_from_bytes(data, policy=policy.default)
            yield Record(line, _values(mail), guessed=True)
        except (MessageError, ValueError, LookupError, TypeError, AttributeError, IndexError,
                KeyError, RecursionError) as error:  # fmt: skip
            # The standard parser meets broken headers with whatever error they cause.
            yield Reject(name, line, "", f"the mail cannot be read: {error}")


def _mails(stream: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Yield the mails of an mbox with their first line, None for one that is too large."""
    lines: list[bytes] = []
    size, start, after_blank = 0, 1, True
    number = 0
    while line := stream.readline(1 << 20):
        number += 1
        if after_blank and line.startswith(b"From "):
            if lines or size:
                yield start, b"".join(lines) if size <= LARGEST else None
            lines, size, start = [], 0, number
        else:
            size += len(line)
            if size <= LARGEST:
                lines.append(line)
            else:
                lines.clear()
        after_blank = line in (b"\n", b"\r\n")
    if size:
        yield start, b"".join(lines) if size <= LARGEST else None


def _values(mail: EmailMessage) -> dict[str, object]:
    sender, address = parseaddr(str(mail.get("From", "")))
    return {
        "id": str(mail.get("Message-ID", "")).strip("<> \t\r\n"),
        "title": str(mail.get("Subject", "")),
        "text": _body(mail),
        "source": sender or address,
        "published": str(mail.get("Date", "")),
        "language": str(mail.get("Content-Language", "")),
    }


def _body(mail: EmailMessage) -> str:
    plain = _text(mail.get_body(("plain",)))
    return plain if len(plain) >= _SHORTEST else _text(mail.get_body(("html",))) or plain


def _text(part: object) -> str:
    """Return the text of a part; bytes that do not fit its encoding become signs for that."""
    if not isinstance(part, EmailMessage):
        return ""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    charset = part.get_content_charset("utf-8")
    try:
        return payload.decode(charset, "replace")
    except LookupError:
        return payload.decode("utf-8", "replace")

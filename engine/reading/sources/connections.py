"""Connects to an address that was checked, under the name that was asked for."""

from __future__ import annotations

import socket
import ssl
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import SplitResult


def connect(parts: SplitResult, address: str, *, timeout: float) -> HTTPConnection:
    """Return a connection to `address`, not yet opened.

    Parameters
    ----------
    parts
        The web address; its host goes into the request and is what the certificate must
        name.
    address
        IP address of that host.
    timeout
        Seconds to wait for the connection and for every block.
    """
    host = parts.hostname or ""
    if parts.scheme == "https":
        return _Secure(host, parts.port, address, timeout)
    return _Plain(host, parts.port, address, timeout)


class _Plain(HTTPConnection):
    def __init__(self, host: str, port: int | None, address: str, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout)
        self._address = address
        self._seconds = timeout

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self._seconds)


class _Secure(HTTPSConnection):
    def __init__(self, host: str, port: int | None, address: str, timeout: float) -> None:
        self._checked = ssl.create_default_context()
        super().__init__(host, port, timeout=timeout, context=self._checked)
        self._address = address
        self._seconds = timeout

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), self._seconds)
        self.sock = self._checked.wrap_socket(plain, server_hostname=self.host)

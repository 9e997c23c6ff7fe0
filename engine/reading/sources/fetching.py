"""Fetches feeds and pages from the web, politely, and never from a private network.

An address in a feed is written by strangers. So the name is resolved once, every address
it resolves to must be public, and the connection goes to the address that was checked; a
redirect is checked like the first address. Proxies of the environment are not used: they
would resolve the name again.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import ssl
import time
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit
from urllib.robotparser import RobotFileParser

from engine.disk.sealed import read_sealed, sealed
from engine.errors import InputError

USER_AGENT: Final = "news-story-engine"
"""Name under which robots.txt may speak to this program."""

_REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))
_MOST_REDIRECTS: Final = 5
_LARGEST_ROBOTS: Final = 512 * 1024
_LONGEST_DELAY: Final = 30.0
_BLOCK: Final = 1 << 16
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came back from an address.

    Attributes
    ----------
    url
        Where it was found after redirects.
    data
        Unpacked body; None when it has not changed since it was last remembered.
    validators
        ETag and Last-Modified, to ask with next time.
    """

    url: str
    data: bytes | None
    validators: Mapping[str, str]


@dataclass(slots=True)
class Fetcher:
    """Fetches addresses and remembers what they said of their age.

    Attributes
    ----------
    memory
        JSON file that keeps ETags between runs, or None.
    allow_private
        Whether addresses on this machine and its networks may be fetched.
    timeout
        Seconds to wait for a connection or a block.
    longest
        Seconds for one answer as a whole.
    largest
        Bytes of one answer, unpacked.
    delay
        Least seconds between two requests to one host; robots.txt may ask for more.
    """

    memory: Path | None = None
    allow_private: bool = False
    timeout: float = 20.0
    longest: float = 120.0
    largest: int = 32 * 1024 * 1024
    delay: float = 1.0
    _robots: dict[str, RobotFileParser] = field(default_factory=dict)
    _asked: dict[str, float] = field(default_factory=dict)
    _known: dict[str, dict[str, str]] | None = None

    def fetch(self, url: str) -> Fetched:
        """Return what `url` holds, following redirects.

        Raises
        ------
        InputError
            If the address is private, forbidden by robots.txt, too large, too slow, or
            answers with anything but a page.
        """
        conditions = self._remembered().get(url, {})
        address = url
        for _ in range(_MOST_REDIRECTS + 1):
            parts = _parts(address)
            self._ask_leave(parts)
            status, headers, data = self._get(parts, conditions, self.largest)
            if status in _REDIRECTS and headers.get("location"):
                address = urljoin(address, headers["location"])
            elif status == 304:
                return Fetched(address, None, conditions)
            elif status == 200:
                return Fetched(address, data, _validators(headers))
            else:
                raise InputError(f"the server answered {status}; expected 200")
        raise InputError(f"was redirected more than {_MOST_REDIRECTS} times")

    def remember(self, url: str, fetched: Fetched) -> None:
        """Note what `url` said of its age, once it was read to its end."""
        if fetched.validators:
            self._remembered()[url] = dict(fetched.validators)

    def save(self) -> None:
        """Keep what was noted for the next run; call it when the articles are stored."""
        if self.memory is None or not self._known:
            return
        beside = self.memory.with_suffix(".tmp")
        beside.write_text(json.dumps(sealed(self._remembered()), indent=1), "utf-8")
        beside.replace(self.memory)

    def _remembered(self) -> dict[str, dict[str, str]]:
        if self._known is None:
            self._known = {}
            if self.memory is not None:
                with suppress(ValueError):  # else all is fetched anew; `verify` says so
                    self._known = read_sealed(self.memory, dict)
        return self._known

    def _ask_leave(self, parts: SplitResult) -> None:
        """Read the host's robots.txt once, and obey it."""
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._robots:
            rules = RobotFileParser()
            status, _, data = self._get(_parts(f"{site}/robots.txt"), {}, _LARGEST_ROBOTS)
            if status == 200:
                rules.parse(data.decode("utf-8", "replace").splitlines())
            else:
                # RFC 9309: no file allows all, a failing server forbids all.
                rules.parse([] if status < 500 else ["User-agent: *", "Disallow: /"])
            self._robots[site] = rules
        if not self._robots[site].can_fetch(USER_AGENT, parts.geturl()):
            raise InputError(f"{site}/robots.txt forbids fetching this address")

    def _get(
        self, parts: SplitResult, conditions: Mapping[str, str], largest: int
    ) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers in lower case, and body of one request."""
        self._wait(parts)
        host = parts.hostname or ""
        deadline = time.monotonic() + self.longest
        try:
            connection = connect(parts, self._checked_address(parts), timeout=self.timeout)
            try:
                path = parts.path or "/"
                query = f"?{parts.query}" if parts.query else ""
                connection.request("GET", path + query, headers=_headers(conditions))
                response = connection.getresponse()
                headers = {key.lower(): value for key, value in response.getheaders()}
                data = (
                    _body(response, headers, largest, deadline) if response.status == 200 else b""
                )
                return response.status, headers, data
            finally:
                connection.close()
        except (OSError, HTTPException, zlib.error, UnicodeError, ValueError) as error:
            raise InputError(f"{host} cannot be reached: {error}") from error

    def _wait(self, parts: SplitResult) -> None:
        host = parts.netloc
        rules = self._robots.get(f"{parts.scheme}://{host}")
        asked_for = float(rules.crawl_delay(USER_AGENT) or 0) if rules and rules.mtime() else 0.0
        delay = max(self.delay, min(asked_for, _LONGEST_DELAY))
        if host in self._asked:
            time.sleep(max(0.0, self._asked[host] + delay - time.monotonic()))
        self._asked[host] = time.monotonic()

    def _checked_address(self, parts: SplitResult) -> str:
        """Return an address of the host, all of which are public."""
        host, port = parts.hostname or "", parts.port or 0
        found = socket.getaddrinfo(host, port or None, type=socket.SOCK_STREAM)
        addresses = [str(entry[4][0]) for entry in found]
        for address in addresses:
            if not self.allow_private and not is_public(address):
                raise InputError(
                    f"{host} is a private address ({address}); --allow-private fetches it"
                )
        return addresses[0]


def is_public(address: str) -> bool:
    """Tell whether `address` is one of the open internet, also where it wraps an IPv4 one."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isprintable() or " " in url:
        raise InputError(f"{url[:200]!r} is no web address; expected http or https and a host")
    return parts


def _headers(conditions: Mapping[str, str]) -> dict[str, str]:
    headers = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "gzip"}
    names = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
    return headers | {names[key]: value for key, value in conditions.items() if key in names}


def _validators(headers: Mapping[str, str]) -> dict[str, str]:
    return {key: headers[key] for key in ("etag", "last-modified") if headers.get(key)}


def _body(
    response: HTTPResponse, headers: Mapping[str, str], largest: int, deadline: float
) -> bytes:
    """Return the body, unpacked, unless it is too large or too slow."""
    packed = headers.get("content-encoding", "") in ("gzip", "x-gzip")
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    data = bytearray()
    while block := response.read1(_BLOCK):
        data += unpacker.decompress(block, largest + 1 - len(data)) if packed else block
        if len(data) > largest or (packed and unpacker.unconsumed_tail):
            raise InputError(f"the answer is larger than {largest >> 20} MiB")
        if time.monotonic() > deadline:
            raise InputError("the answer takes too long")
    return bytes(data)


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

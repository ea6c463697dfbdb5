"""The one way out: HTTP calls go through ``fetch``, lines of other protocols through ``connect``.

A name is resolved once, every address that it has is judged, and the connection goes to exactly
that address, so that a second answer of the name server changes nothing (DNS rebinding). Each
redirect is judged anew. No cookies, no proxy but the one that a setting names.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.client import HTTPException
from typing import Any, BinaryIO
from urllib.parse import urljoin

import urllib3
from pyramid.config import Configurator
from pyramid.registry import Registry
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, SSLError
from urllib3.exceptions import TimeoutError as TimedOut

from stadtkern.web.targets import (
    Address,
    EgressError,
    EgressFailed,
    EgressRefused,
    EgressTooLarge,
    EgressTooSlow,
    Rules,
    Target,
    parse,
    read_address,
)

__all__ = [
    "Answer",
    "Egress",
    "EgressError",
    "EgressFailed",
    "EgressRefused",
    "EgressTooLarge",
    "EgressTooSlow",
    "Rules",
    "connect",
    "fetch",
]

Resolve = Callable[[str, int], Iterable[str]]
MAX_REDIRECTS = 5
MAX_BYTES = 2_000_000
SECONDS = 20.0
CONNECT_SECONDS = 8.0
REDIRECTS = frozenset({301, 302, 303, 307, 308})
SEE_OTHER = 303
AGENT = "Stadtkern (municipal website)"
_CHUNK = 65_536


@dataclass(frozen=True)
class Answer:
    """What came back. ``url``: where it came from after redirects; header names in lower case.

    ``body``: as it was sent, not unpacked; ``cut`` where only its beginning was read.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: bool = False
    redirects: int = 0


def resolve(host: str, port: int) -> list[str]:
    """Return a host's addresses as the system knows them; ``EgressFailed`` for none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise EgressFailed("dns", host) from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class _Clock:
    """The time that a whole call may take; ends a connection that outlives it."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise EgressTooSlow("too-slow")
        return left

    @property
    def over(self) -> bool:
        return time.monotonic() >= self._end

    @contextmanager
    def ending(self, connection: "_Pinned") -> Iterator[None]:
        """Cut the connection when the time is over, however slowly its bytes still drip."""
        timer = threading.Timer(self.left, connection.cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            connection.forget()


class _Pinned:
    """A connection to one address that was judged, whatever the name says by now."""

    addresses: tuple[Address, ...]
    clock: _Clock
    port: int
    _line: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        last: OSError | None = None
        for address in self.addresses:
            wait = min(CONNECT_SECONDS, self.clock.left)
            try:
                made = socket.create_connection((str(address), self.port), timeout=wait)
            except OSError as error:
                last = error
                continue
            # TLS takes the socket over; a second handle on the same line can still end it.
            self._line = made.dup()
            return made
        raise EgressFailed("connect") from last

    def cut(self) -> None:
        """End the line from another thread."""
        line = self._line
        if line is not None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def forget(self) -> None:
        """Close the second handle."""
        line, self._line = self._line, None
        if line is not None:
            line.close()


class _Http(_Pinned, HTTPConnection):
    """Plain HTTP to a judged address."""


class _Https(_Pinned, HTTPSConnection):
    """HTTPS to a judged address, with the certificate checked against the name."""


class Egress:
    """The guard of one installation."""

    def __init__(
        self,
        rules: Rules,
        *,
        resolve: Resolve = resolve,
        ca_file: str | None = None,
    ) -> None:
        """Take the rules; ``ca_file``: further certificate authorities, as PEM."""
        self.rules = rules
        self._resolve = resolve
        self._ca_file = ca_file
        self._context = self._secured(None)
        self._proxy = self._proxy_with(self._context)

    def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        seconds: float = SECONDS,
        max_bytes: int = MAX_BYTES,
        whole: bool = True,
        redirects: int = MAX_REDIRECTS,
        into: BinaryIO | None = None,
        certificate: str | None = None,
    ) -> Answer:
        """Call an address and follow its redirects, each one judged anew.

        Args:
            url: http or https; the fragment is left out.
            method: as in HTTP; after 301, 302 and 303 anything but HEAD goes on as GET.
            headers: sent to the first origin only (a redirect elsewhere gets none of them).
            body: sent with the first call; 307 and 308 repeat it on the same origin only.
            seconds: for the whole call, redirects and reading included.
            max_bytes: of the answer; more is ``EgressTooLarge``, or cut where ``whole`` is False.
            whole: False reads no more than ``max_bytes``.
            redirects: how many are followed; 0 returns the redirect itself.
            into: takes the body of a good answer (2xx) piece by piece, in place of ``body``.
            certificate: PEM file with our certificate and its key, shown to the first origin only.

        Raises:
            EgressRefused: the guard says no.
            EgressFailed: no answer, or an unusable one (``EgressTooLarge``, ``EgressTooSlow``).

        """
        call = _Call(
            _Clock(seconds), method, dict(headers or {}), body, max_bytes, whole, into, certificate
        )
        target = parse(url)
        for step in range(redirects + 1):
            answer = self._once(target, call)
            place = answer.headers.get("location")
            if answer.status not in REDIRECTS or place is None or redirects == 0:
                return replace(answer, url=target.url, redirects=step)
            following = parse(_join(target.url, place))
            if answer.status in {301, 302, SEE_OTHER} and call.method != "HEAD":
                call = replace(call, method="GET", body=None)
            if following.origin != target.origin:
                if call.body is not None:
                    raise EgressRefused("redirect", "with a body to another origin")
                call = replace(call, headers={}, certificate=None)
            target = following
        raise EgressFailed("redirects", f"more than {redirects}")

    def connect(self, host: str, port: int, *, seconds: float = CONNECT_SECONDS) -> socket.socket:
        """Open a line for a protocol that is not HTTP, to an address that was judged.

        Raises as ``fetch`` does; refused where all calls go through a proxy, which carries HTTP.
        """
        target = parse(f"https://[{host}]:{port}/" if ":" in host else f"https://{host}:{port}/")
        if self.rules.proxy is not None:
            raise EgressRefused("proxy", target.host)
        self.rules.check(target)
        clock = _Clock(seconds)
        last: OSError | None = None
        for address in self._addresses(target):
            try:
                return socket.create_connection((str(address), target.port), timeout=clock.left)
            except OSError as error:
                last = error
        raise EgressFailed("connect", target.host) from last

    def _once(self, target: Target, call: "_Call") -> Answer:
        self.rules.check(target)
        clock = call.clock
        context = self._context if call.certificate is None else self._secured(call.certificate)
        try:
            if self._proxy is not None:
                proxy = self._proxy if call.certificate is None else self._proxy_with(context)
                return _by_proxy(proxy, target, call)
            return self._directly(target, call, context)
        except EgressError:
            raise
        except (TimeoutError, TimedOut) as error:
            raise EgressTooSlow("too-slow", target.host) from error
        except (ssl.SSLError, SSLError) as error:
            raise _slow(clock, EgressFailed("tls", target.host)) from error
        except (HTTPError, HTTPException, OSError, ValueError) as error:
            raise _slow(clock, EgressFailed("connection", target.host)) from error

    def _secured(self, certificate: str | None) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self._ca_file is not None:
            context.load_verify_locations(self._ca_file)
        if certificate is not None:
            try:
                context.load_cert_chain(certificate)
            except (OSError, ssl.SSLError) as error:
                raise EgressFailed("certificate", "cannot be read") from error
        return context

    def _proxy_with(self, context: ssl.SSLContext) -> Any:
        if self.rules.proxy is None:
            return None
        return urllib3.ProxyManager(self.rules.proxy, ssl_context=context, maxsize=4)

    def _addresses(self, target: Target) -> tuple[Address, ...]:
        if target.address is not None:
            return (target.address,)
        found = tuple(read_address(text) for text in self._resolve(target.host, target.port))
        if not found:
            raise EgressFailed("dns", target.host)
        for address in found:
            # All of them: a name with one public and one inner address means the inner one.
            self.rules.check_address(target, address)
        return found

    def _directly(self, target: Target, call: "_Call", context: ssl.SSLContext) -> Answer:
        addresses = self._addresses(target)
        wait = min(CONNECT_SECONDS, call.clock.left)
        connection: _Http | _Https = (
            _Https(target.host, target.port, timeout=wait, ssl_context=context)
            if target.scheme == "https"
            else _Http(target.host, target.port, timeout=wait)
        )
        connection.addresses = addresses
        connection.clock = call.clock
        with call.clock.ending(connection):
            try:
                connection.request(
                    call.method,
                    target.path,
                    body=call.body,
                    headers=call.sent(target),
                    preload_content=False,
                    decode_content=False,
                )
                return _read(connection.getresponse(), call)
            finally:
                connection.close()


@dataclass(frozen=True)
class _Call:
    """What is asked, beside the address."""

    clock: _Clock
    method: str
    headers: Mapping[str, str]
    body: bytes | None
    max_bytes: int
    whole: bool
    into: BinaryIO | None
    certificate: str | None

    def sent(self, target: Target) -> dict[str, str]:
        """Return the headers for a target."""
        return {
            "User-Agent": AGENT,
            "Accept": "*/*",
            # Packed answers would have to be unpacked within bounds; nobody here needs them.
            "Accept-Encoding": "identity",
            **self.headers,
            "Host": target.authority,
        }


def _by_proxy(proxy: urllib3.ProxyManager, target: Target, call: _Call) -> Answer:
    """Hand the name to the proxy, which resolves it and must itself refuse inner networks."""
    left = call.clock.left
    response = proxy.urlopen(
        call.method,
        target.url,
        body=call.body,
        headers=call.sent(target),
        redirect=False,
        retries=False,
        preload_content=False,
        decode_content=False,
        timeout=urllib3.Timeout(connect=min(CONNECT_SECONDS, left), total=left),
    )
    try:
        return _read(response, call)
    finally:
        response.close()


def _slow(clock: _Clock, error: EgressFailed) -> EgressFailed:
    """Name the cause: a line that the clock has cut ends in all kinds of errors."""
    return EgressTooSlow("too-slow") if clock.over else error


def _join(base: str, place: str) -> str:
    try:
        # Headers are Latin-1 on the wire; browsers read UTF-8 in them.
        text = place.encode("latin-1").decode("utf-8")
    except UnicodeError:
        text = place
    try:
        return urljoin(base, text)
    except ValueError:
        raise EgressRefused("url", "malformed redirect") from None


def _read(response: Any, call: _Call) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    body, size = bytearray(), 0
    good = HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES
    while call.whole or size < call.max_bytes:
        chunk = response.read(min(_CHUNK, call.max_bytes + 1 - size))
        if call.clock.over:
            raise EgressTooSlow("too-slow")
        if not chunk:
            return Answer("", int(response.status), headers, bytes(body))
        size += len(chunk)
        if call.whole and size > call.max_bytes:
            raise EgressTooLarge("too-large", f"more than {call.max_bytes} bytes")
        if good and call.into is not None:
            call.into.write(chunk)
        else:
            body += chunk
    return Answer("", int(response.status), headers, bytes(body[: call.max_bytes]), cut=True)


def fetch(registry: Registry, url: str, **kw: Any) -> Answer:
    """Call an address through the installation's guard; keywords as in ``Egress.fetch``."""
    guard: Egress = registry["egress"]
    return guard.fetch(url, **kw)


def connect(registry: Registry, host: str, port: int, **kw: Any) -> socket.socket:
    """Open a line through the installation's guard; keywords as in ``Egress.connect``."""
    guard: Egress = registry["egress"]
    return guard.connect(host, port, **kw)


def configure(config: Configurator) -> None:
    """Set the guard up from ``egress.*``."""
    settings = config.get_settings()
    config.registry["egress"] = Egress(
        Rules.from_settings(settings), ca_file=settings.get("egress.ca_file") or None
    )

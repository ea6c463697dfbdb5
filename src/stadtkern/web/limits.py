"""Rate limits by moving window, in the process's memory."""

import hashlib
import threading
import time
from collections import deque
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPTooManyRequests
from pyramid.request import Request

SWEPT = 60.0
"""Seconds after which windows that nothing happened in are forgotten."""

HOUSEHOLD = 64
"""Bits that one household's IPv6 addresses have in common (RFC 6177): it has 2^64 of them."""

_parsed = lru_cache(maxsize=256)(parse)


class Windows(MemoryStorage):
    """Uses by key. The library's own memory starts a thread for nearly every one of them."""

    def __init__(self) -> None:
        super().__init__()
        self._windows: dict[str, tuple[int, deque[float]]] = {}
        self._guard = threading.Lock()
        self._swept = time.monotonic()

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count ``amount`` uses of ``key`` unless they are more than ``limit`` in ``expiry`` s."""
        now = time.monotonic()
        with self._guard:
            if now - self._swept > SWEPT:
                self._sweep(now)
            _expiry, uses = self._windows.setdefault(key, (expiry, deque()))
            while uses and uses[0] < now - expiry:
                uses.popleft()
            if len(uses) + amount > limit:
                return False
            uses.extend([now] * amount)
            return True

    def _sweep(self, now: float) -> None:
        self._swept = now
        passed = [
            key
            for key, (expiry, uses) in self._windows.items()
            if not uses or uses[-1] < now - expiry
        ]
        for key in passed:
            del self._windows[key]


def limit(request: Request, name: str, rate: str, *keys: str) -> None:
    """Count one use of ``name`` by ``keys``; beyond ``rate`` raise ``HTTPTooManyRequests``.

    ``rate`` reads like ``"10/minute"``. Keys are hashed: addresses and mails stay out of memory
    dumps.
    """
    limiter: MovingWindowRateLimiter = request.registry["rate_limiter"]
    hashed = hashlib.blake2b("\0".join(keys).encode(), digest_size=16).hexdigest()
    if not limiter.hit(_parsed(rate), name, hashed):
        raise HTTPTooManyRequests


def network_of(address: str | None) -> str:
    """Return the network of an address: itself, of IPv6 what one household gets (/64).

    An IPv4 address that is written as IPv6 (``::ffff:192.0.2.7``) is that address. What is no
    address stays as it is; None is "".
    """
    try:
        found = ip_address(address or "")
    except ValueError:
        return address or ""
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((int(found), HOUSEHOLD), strict=False))


def network(request: Request) -> str:
    """Return by what limits count whom nobody knows: ``network_of`` who asks."""
    return network_of(request.remote_addr)


def configure(config: Configurator) -> None:
    """Give requests ``limit(name, rate, *keys)`` and ``network``."""
    config.registry["rate_limiter"] = MovingWindowRateLimiter(Windows())
    config.add_request_method(limit, "limit")
    config.add_request_method(network, "network", reify=True)

"""Rate limits by moving window, in the process's memory."""

import hashlib

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPTooManyRequests
from pyramid.request import Request


def limit(request: Request, name: str, rate: str, *keys: str) -> None:
    """Count one use of ``name`` by ``keys``; beyond ``rate`` raise ``HTTPTooManyRequests``.

    ``rate`` reads like ``"10/minute"``. Keys are hashed: addresses and mails stay out of memory
    dumps.
    """
    limiter: MovingWindowRateLimiter = request.registry["rate_limiter"]
    hashed = hashlib.blake2b("\0".join(keys).encode(), digest_size=16).hexdigest()
    if not limiter.hit(parse(rate), name, hashed):
        raise HTTPTooManyRequests


def configure(config: Configurator) -> None:
    """Give requests ``limit(name, rate, *keys)``."""
    config.registry["rate_limiter"] = MovingWindowRateLimiter(MemoryStorage())
    config.add_request_method(limit, "limit")

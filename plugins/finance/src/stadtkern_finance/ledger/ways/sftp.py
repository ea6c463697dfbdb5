"""To an SFTP server whose key is known beforehand."""

import base64
import hashlib
import hmac
import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import paramiko
from pyramid.registry import Registry

from stadtkern.web.egress import EgressError, EgressRefused, connect
from stadtkern_finance.bookings.rendering import Artifact
from stadtkern_finance.ledger.ways.failing import NotDelivered

SECONDS = 30.0
HALF = ".part"
"""Ends the name of a file that is not whole yet."""
KEYS = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)


@dataclass(frozen=True, slots=True)
class Server:
    """Where to; ``host_key``: ``SHA256:…`` as ``ssh-keygen -lf`` prints it.

    ``secret``: a password, or a private key in PEM or OpenSSH's form without a passphrase.
    """

    host: str
    port: int
    user: str
    folder: str
    host_key: str
    secret: str


def fingerprint(key: Any) -> str:
    """Return a server's key as people compare it."""
    digest = hashlib.sha256(key.asbytes()).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def private_key(text: str) -> Any:
    """Return the private key that a text holds; None where it is a password."""
    if "PRIVATE KEY-----" not in text:
        return None
    for kind in KEYS:
        with suppress(paramiko.SSHException, ValueError, IndexError):
            return kind.from_private_key(io.StringIO(text.strip() + "\n"))
    raise NotDelivered("key", lasting=True)


def deliver(registry: Registry, server: Server, file: Artifact, seconds: float = SECONDS) -> None:
    """Upload under another name, look at the size, then give it its name."""
    folder = server.folder.rstrip("/")
    target = f"{folder}/{file.name}" if server.folder else file.name
    try:
        with _opened(registry, server, seconds) as sftp:
            present = _size(sftp, target)
            if present is not None:
                if present == len(file.data) and _same(sftp, target, file.data):
                    return
                raise NotDelivered("exists", lasting=True)
            _upload(sftp, target, file.data)
    except EgressRefused as error:
        raise NotDelivered(error.code, lasting=True) from None
    except EgressError as error:
        raise NotDelivered(error.code) from None
    except paramiko.AuthenticationException:
        raise NotDelivered("login", lasting=True) from None
    except TimeoutError:
        raise NotDelivered("too-slow") from None
    except (paramiko.SSHException, OSError, EOFError):
        raise NotDelivered("connection") from None


@contextmanager
def _opened(registry: Registry, server: Server, seconds: float) -> Iterator[paramiko.SFTPClient]:
    key = private_key(server.secret)
    with connect(registry, server.host, server.port, seconds=seconds) as line:
        line.settimeout(seconds)
        transport = paramiko.Transport(line)
        transport.banner_timeout = transport.auth_timeout = seconds
        transport.handshake_timeout = seconds
        try:
            transport.start_client(timeout=seconds)
            shown = fingerprint(transport.get_remote_server_key())
            # Before anything of ours is said to it.
            if not hmac.compare_digest(shown, server.host_key):
                raise NotDelivered("host-key", lasting=True)
            if key is None:
                transport.auth_password(server.user, server.secret)
            else:
                transport.auth_publickey(server.user, key)
            sftp = paramiko.SFTPClient.from_transport(transport)
            if sftp is None:
                raise NotDelivered("connection")
            channel = sftp.get_channel()
            if channel is not None:
                channel.settimeout(seconds)
            yield sftp
        finally:
            transport.close()


def _size(sftp: paramiko.SFTPClient, name: str) -> int | None:
    try:
        return sftp.stat(name).st_size
    except FileNotFoundError:
        return None


def _same(sftp: paramiko.SFTPClient, name: str, data: bytes) -> bool:
    with sftp.open(name, "rb") as stream:
        return bool(stream.read(len(data) + 1) == data)


def _upload(sftp: paramiko.SFTPClient, target: str, data: bytes) -> None:
    half = f"{target}{HALF}"
    with sftp.open(half, "wb") as stream:
        stream.set_pipelined(pipelined=True)
        stream.write(data)
    if _size(sftp, half) != len(data):
        with suppress(OSError):
            sftp.remove(half)
        raise NotDelivered("half")
    sftp.rename(half, target)

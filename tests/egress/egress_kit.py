"""What tests of outgoing calls share: a server on loopback, names, certificates."""

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from stadtkern.db import utcnow
from stadtkern.web.egress import (
    Egress,
    EgressFailed,
    Rules,
)

SOURCE = Path(__file__).resolve().parents[2] / "src"


INNER = [
    "127.0.0.1", "127.8.9.10", "0.0.0.0", "10.0.0.5", "172.16.3.4", "172.31.255.255",  # noqa: S104 - refused
    "192.168.1.1", "169.254.169.254", "169.254.0.1", "100.64.0.1", "100.100.100.200",
    "168.63.129.16", "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:a00:1", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001::1",
    "2001:db8::1", "fec0::1", "::127.0.0.1", "::ffff:0:127.0.0.1", "100::1", "3fff::1",
]  # fmt: skip


OUTER = ["93.184.216.34", "8.8.8.8", "172.32.0.1", "2606:2800:220:1::1", "::ffff:8.8.8.8"]


class Handler(BaseHTTPRequestHandler):
    """Answers by path; remembers what was asked."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def log_message(self, *_arguments: Any) -> None:
        """Stay quiet."""

    def answer(self) -> None:
        """Do what the path's first part says."""
        self.server.asked.append((self.command, self.path, dict(self.headers)))
        port = self.server.server_port
        name, _slash, rest = self.path[1:].partition("/")
        if name == "to":
            self.reply(302, {"Location": rest.replace("PORT", str(port))})
        elif name == "loop":
            self.reply(302, {"Location": f"/loop/{int(rest or 0) + 1}"})
        elif name == "repeat":
            self.reply(307, {"Location": f"http://other.test:{port}/"})
        elif name == "big":
            self.reply(200, {}, b"x" * int(rest))
        elif name == "refused":
            self.reply(503, {}, b"no")
        elif name == "drip":
            self.drip()
        elif name == "endless":
            self.endless()
        else:
            self.reply(200, {"Set-Cookie": "a=b", "X-Test": "yes"}, b"hello")

    def reply(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        """Answer at once."""
        self.send_response(status)
        for header, value in headers.items():
            self.send_header(header, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def drip(self) -> None:
        """Send a header a byte at a time, for a minute."""
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            for _index in range(600):
                if self.server.stopping.wait(0.1):
                    return
                self.wfile.write(b"y")
        except OSError:
            self.close_connection = True

    def endless(self) -> None:
        """Send a body without a length until the line breaks."""
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            while not self.server.stopping.is_set():
                self.wfile.write(b"z" * 65_536)
        except OSError:
            self.close_connection = True

    do_GET = do_HEAD = do_POST = answer  # noqa: N815 - names of the base class


class Server(ThreadingHTTPServer):
    """A server on loopback."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.stopping = threading.Event()

    def handle_error(self, *_arguments: Any) -> None:
        """Lines that break are what is tested."""

    @property
    def url(self) -> str:
        """Return the address, without a slash at its end."""
        return f"http://127.0.0.1:{self.server_port}"


def names(**addresses: str) -> Any:
    """Return a resolver that knows these names; dots are written as underscores."""
    known = {name.replace("_", "."): value.split() for name, value in addresses.items()}

    def resolve(host: str, _port: int) -> list[str]:
        if host not in known:
            raise EgressFailed("dns", host)
        return known[host]

    return resolve


def local(**kw: Any) -> Egress:
    return Egress(Rules(loopback=True), **kw)


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """Write a certificate for ``name`` and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = utcnow()
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert, secret = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return cert, secret

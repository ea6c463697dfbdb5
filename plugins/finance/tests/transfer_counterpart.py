"""A local counterpart of ELSTER-Transfer, with faults; its own process, nothing of the plugin.

    python transfer_counterpart.py FOLDER

``FOLDER/waiting.json`` lists what waits: ``[{"id", "kind", "name", "file"}, …]``, the bytes in
``FOLDER/<file>``. ``FOLDER/faults.json`` (read anew for each call) names faults:

- ``{"fetch": {"ID": ["half", "slow", "error"]}}`` and the same for ``confirm``: one is used up by
  each call; ``lost`` confirms and answers 500; ``garbled`` sends other bytes of the same length.
- ``{"list": ["twice", "reversed", "error", "garbled", "endless"]}``: the same for the list.

Outbound, ``upload``, ``order`` and ``status`` have faults by id in the same way: ``error``,
``slow``, ``lost`` (done, but answered 500), ``refused`` (422). A file or order that is there
already is answered with 409. ``FOLDER/status.json`` holds the answers by id; else an order is
accepted. What was uploaded lies in ``FOLDER/uploaded-<id>``, orders are appended to
``FOLDER/orders.txt``.

What was confirmed is appended to ``FOLDER/confirmed.txt``, every call to ``FOLDER/calls.txt``. The
port is written to ``FOLDER/port``. With ``FOLDER/server.pem`` it speaks TLS and asks for a client's
certificate that ``FOLDER/clients.pem`` knows.
"""

import hashlib
import json
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

FOLDER = Path(sys.argv[1])
BASE = "/rest/eingang/antworten"
OUT = "/rest/bereitstellungsauftrag"
SLOW_SECONDS = 30
used: dict = {}
lock = threading.Lock()


def fault(call: str, key: str = "") -> str:
    """Return the next fault of a call, each one once."""
    with lock:
        path = FOLDER / "faults.json"
        faults = json.loads(path.read_text("utf-8")) if path.exists() else {}
        mine = faults.get(call, {} if key else [])
        names = mine.get(key, []) if key else mine
        position = used.get((call, key), 0)
        used[call, key] = position + 1
        return names[position] if position < len(names) else ""


def note(name: str, line: str) -> None:
    """Append a line to one of the records that tests read."""
    with lock, (FOLDER / name).open("a", encoding="utf-8") as stream:
        stream.write(f"{line}\n")


class Handler(BaseHTTPRequestHandler):
    """Answers as its faults say."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_arguments: object) -> None:
        """Stay quiet."""

    def reply(self, status: int, body: bytes = b"", told: int | None = None) -> None:
        """Answer; ``told``: the length that is promised."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if told is None else told))
        self.end_headers()
        self.wfile.write(body)
        if told is not None and told != len(body):
            self.close_connection = True

    def entries(self) -> list:
        """Return what waits and was not confirmed."""
        known = FOLDER / "confirmed.txt"
        gone = set(known.read_text("utf-8").split()) if known.exists() else set()
        waiting = json.loads((FOLDER / "waiting.json").read_text("utf-8"))
        return [one for one in waiting if one["id"] not in gone]

    def told(self, one: dict) -> dict:
        """Return an entry of the list."""
        data = (FOLDER / one["file"]).read_bytes()
        return {
            "VorgangId": one["id"],
            "datenart": one["kind"],
            "dateiname": one["name"],
            "groesse": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }

    def do_GET(self) -> None:
        """List or fetch."""
        parts = urlsplit(self.path)
        note("calls.txt", f"GET {self.path}")
        if parts.path.startswith(f"{OUT}/v3/"):
            self.status(unquote(parts.path.removeprefix(f"{OUT}/v3/")))
            return
        if parts.path == BASE:
            self.list(parse_qs(parts.query, keep_blank_values=True))
            return
        self.fetch(unquote(parts.path.removeprefix(f"{BASE}/")))

    def list(self, query: dict) -> None:
        """Answer with a page after the id that the query names."""
        wrong = fault("list")
        if wrong == "error":
            self.reply(503)
            return
        if wrong == "garbled":
            self.reply(200, b'{"antworten": [{"VorgangId": "../../x"}]}')
            return
        found = self.entries()
        after, limit = query["nach"][0], int(query["anzahl"][0])
        ids = [one["id"] for one in found]
        if after in ids and wrong != "endless":
            found = found[ids.index(after) + 1 :]
        found = found[:limit]
        if wrong == "twice":
            found += found[: limit - len(found)]
        if wrong == "reversed":
            found.reverse()
        self.reply(200, json.dumps({"antworten": [self.told(one) for one in found]}).encode())

    def fetch(self, number: str) -> None:
        """Hand the bytes out, or what the fault makes of them."""
        one = next((entry for entry in self.entries() if entry["id"] == number), None)
        if one is None:
            self.reply(404)
            return
        data = (FOLDER / one["file"]).read_bytes()
        wrong = fault("fetch", number)
        if wrong == "error":
            self.reply(500)
        elif wrong == "slow":
            time.sleep(SLOW_SECONDS)
        elif wrong == "half":
            self.reply(200, data[: len(data) // 2], told=len(data))
        elif wrong == "short":
            self.reply(200, data[: len(data) // 2])
        elif wrong == "garbled":
            self.reply(200, bytes(len(data)))
        else:
            self.reply(200, data)

    def do_POST(self) -> None:
        """Confirm."""
        number = unquote(self.path.removeprefix(f"{BASE}/").removesuffix("/bestaetigung"))
        note("calls.txt", f"POST {self.path}")
        wrong = fault("confirm", number)
        if wrong == "error":
            self.reply(500)
            return
        note("confirmed.txt", number)
        self.reply(500 if wrong == "lost" else 204)

    def do_PUT(self) -> None:
        """Take a file, or the order to provide it."""
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if parts.path == f"{OUT}/file-upload":
            number = parse_qs(parts.query)["VorgangId"][0]
            self.taken("upload", number, FOLDER / f"uploaded-{number}", body)
            return
        number = json.loads(body)["VorgangId"]
        self.taken("order", number, FOLDER / f"order-{number}", body)

    def taken(self, call: str, number: str, path: Path, body: bytes) -> None:
        """Keep what was sent, or do what the fault says."""
        note("calls.txt", f"{call} {number}")
        wrong = fault(call, number)
        if wrong == "slow":
            time.sleep(SLOW_SECONDS)
        elif wrong in {"error", "refused"}:
            self.reply(500 if wrong == "error" else 422)
        elif path.exists():
            self.reply(409)
        else:
            path.write_bytes(body)
            if call == "order":
                note("orders.txt", number)
            self.reply(500 if wrong == "lost" else 201)

    def status(self, number: str) -> None:
        """Say what became of an order."""
        wrong = fault("status", number)
        if wrong == "slow":
            time.sleep(SLOW_SECONDS)
        elif wrong == "error":
            self.reply(503)
        elif wrong == "garbled":
            self.reply(200, b"[1")
        elif not (FOLDER / f"order-{number}").exists():
            self.reply(404)
        else:
            path = FOLDER / "status.json"
            said = json.loads(path.read_text("utf-8")) if path.exists() else {}
            self.reply(200, json.dumps(said.get(number, {"status": "ANGENOMMEN"})).encode())


class Server(ThreadingHTTPServer):
    """On loopback, at any free port."""

    daemon_threads = True

    def handle_error(self, *_arguments: object) -> None:
        """Callers that give up are what is tested."""


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), Handler)
    if (FOLDER / "server.pem").exists():
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(FOLDER / "server.pem")
        context.load_verify_locations(FOLDER / "clients.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        server.socket = context.wrap_socket(server.socket, server_side=True)
    written = FOLDER / "port.new"
    written.write_text(str(server.server_port))
    written.rename(FOLDER / "port")
    server.serve_forever()

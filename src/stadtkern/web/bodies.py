"""How much a form may send, judged before anybody parses it.

Parsing costs far more than receiving: a few megabytes of ``a&a&a`` would otherwise keep a process
busy for seconds, and nobody needs to log in for that.
"""

from pyramid.request import Request

MAX_CONTROLS = 5_000
"""Fields of one form; the largest of ours, a page of 200 blocks, has about 1,500."""
MAX_FORM = 12_000_000
"""Bytes of a form without files: 200 blocks of 50,000 characters."""
MAX_STRANGER = 200_000
"""Bytes that somebody may send who does not even claim to be logged in."""
MAX_STRANGER_FILES = 21_000_000
"""… and with files, whoever was given a form's page before: its session says so."""
CHUNK = 1 << 16


def too_much(request: Request, ticket: str, session: str) -> bool:
    """Tell whether a request's body is more than its sender may send; leaves it unread.

    ``ticket`` and ``session``: names of the login cookie and of a session's. Neither they nor a
    bearer token are checked here: forging one only moves the limit.
    """
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return False
    length = request.content_length or 0
    by_token = "HTTP_AUTHORIZATION" in request.environ and request.path_info.startswith("/api/")
    claims = ticket in request.cookies or by_token
    kind = request.content_type
    with_files = kind == "multipart/form-data" and session in request.cookies
    if not claims and length > (MAX_STRANGER_FILES if with_files else MAX_STRANGER):
        return True
    if kind == "application/x-www-form-urlencoded":
        return length > MAX_FORM or _count(request, b"&") > MAX_CONTROLS
    if kind == "multipart/form-data":
        return _count(request, b"\nContent-Disposition") > MAX_CONTROLS
    return False


def _count(request: Request, mark: bytes) -> int:
    """Count ``mark`` in the body and go back to its beginning."""
    stream = request.body_file_seekable
    stream.seek(0)
    found, tail = 0, b""
    while chunk := stream.read(CHUNK):
        window = tail + chunk
        found += window.count(mark)
        tail = window[-(len(mark) - 1) :] if len(mark) > 1 else b""
    stream.seek(0)
    return found

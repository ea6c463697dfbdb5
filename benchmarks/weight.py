"""The first view of the front page over the wire, with gzip: bytes by kind."""

import re
import urllib.parse
import urllib.request

from serving import town

AIM_ALL = 100 * 1024
AIM_SCRIPT = 15 * 1024


def wire_bytes(url: str) -> tuple[int, bytes]:
    """Return an answer's size as sent, headers included, and its body as text."""
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as answer:
        body = bytes(answer.read())
        head = sum(len(name) + len(value) + 4 for name, value in answer.headers.items())
    return len(body) + head, body


def main() -> None:
    """Fetch the page and what it links, print."""
    with town() as (site, _pid):
        with urllib.request.urlopen(site + "/") as answer:
            html = answer.read().decode()
        total, _body = wire_bytes(site + "/")
        rows = [("page", "/", total)]
        for kind, pattern in (
            ("style", r'<link rel="stylesheet" href="([^"]+)"'),
            ("script", r'<script[^>]+src="([^"]+)"'),
            ("picture", r'<img[^>]+src="([^"]+)"'),
        ):
            for found in sorted(set(re.findall(pattern, html))):
                size, _body = wire_bytes(urllib.parse.urljoin(site, found.replace("&amp;", "&")))
                rows.append((kind, found, size))
    for kind, path, size in rows:
        print(f"{kind:8} {size:8,d} B  {path}")
    everything = sum(size for _kind, _path, size in rows)
    script = sum(size for kind, _path, size in rows if kind == "script")
    print(f"all      {everything:8,d} B  {everything / AIM_ALL:.2f} of the aim of 100 KiB")
    print(f"script   {script:8,d} B  {script / AIM_SCRIPT:.2f} of the aim of 15 KiB")


if __name__ == "__main__":
    main()

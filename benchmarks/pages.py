"""What a page costs, against a bare Pyramid hello view through the same server.

Ratios of process CPU including kernel time, all in one run, median of 5.
"""

import sys
import tempfile
from pathlib import Path

from serving import cpu_per_request, free_port, memory_mib, running, town

HELLO = """
from pyramid.config import Configurator
from pyramid.response import Response
import waitress, sys
with Configurator() as config:
    config.add_route("hello", "/")
    config.add_view(lambda request: Response("Hello"), route_name="hello")
    app = config.make_wsgi_app()
waitress.serve(app, host="127.0.0.1", port=int(sys.argv[1]), threads=4)
"""


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "hello.py"
        script.write_text(HELLO, "utf-8")
        port = free_port()
        address = f"http://localhost:{port}/"
        with running([sys.executable, "-W", "ignore", str(script), str(port)], address) as pid:
            hello = cpu_per_request(address, pid, requests=1500)
    print(f"bare hello view                 {hello:8.0f} µs   1.0 ×")
    paths = ("/", "/rathaus-service", "/aktuelles", "/impressum")
    with town() as (site, pid):
        for path in paths:
            cost = cpu_per_request(site + path, pid, requests=1000)
            print(f"cached   {path:22} {cost:8.0f} µs {cost / hello:5.1f} ×   (aim 1.5)")
        print(f"memory of the serving process   {memory_mib(pid):8.0f} MiB")
    with town("stadtkern.page_cache = false") as (site, pid):
        for path in paths:
            cost = cpu_per_request(site + path, pid, requests=200)
            print(f"uncached {path:22} {cost:8.0f} µs {cost / hello:5.1f} ×   (aim 10)")


if __name__ == "__main__":
    main()

"""Plone's side of ``against_plone.py``: run by a Python that has Plone and plone.restapi.

Makes a new site on a file storage with a folder of 100 documents, asks for them through WSGI as
an administrator, and prints one line of JSON: milliseconds of CPU (process time, median) and bytes
of each answer.
"""

import base64
import json
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

NUMBER = 100
WARMUP = 5
NAME, WORD = "admin", "only-for-this-run"
CONFIGURATION = """
instancehome {folder}
<zodb_db main>
  <filestorage>
    path {folder}/var/Data.fs
  </filestorage>
  mount-point /
  cache-size 30000
</zodb_db>
"""
PARTS = """
<configure xmlns="http://namespaces.zope.org/zope"
    xmlns:meta="http://namespaces.zope.org/meta"
    xmlns:five="http://namespaces.zope.org/five">
  <include package="Products.Five" />
  <meta:redefinePermission from="zope2.Public" to="zope.Public" />
  <five:loadProducts file="meta.zcml" />
  <five:loadProducts />
  <five:loadProductsOverrides />
  <include package="plone.restapi" />
</configure>
"""
PROFILES = (
    "plone.app.contenttypes:default",
    "plone.app.caching:default",
    "plonetheme.barceloneta:default",
    "plone.restapi:default",
)


def make_site(folder: Path) -> None:
    """Start Zope in this process and fill a new site."""
    for part in ("etc", "var"):
        (folder / part).mkdir()
    settings = folder / "etc" / "zope.conf"
    settings.write_text(CONFIGURATION.format(folder=folder), "utf-8")
    (folder / "etc" / "site.zcml").write_text(PARTS, "utf-8")
    from Zope2.Startup.run import configure_wsgi

    configure_wsgi(str(settings))
    import transaction
    import Zope2
    from AccessControl.SecurityManagement import newSecurityManager
    from Products.CMFPlone.factory import addPloneSite
    from zope.component.hooks import setSite
    from zope.globalrequest import setRequest
    from zope.publisher.browser import setDefaultSkin
    from ZPublisher.BaseRequest import RequestContainer
    from ZPublisher.HTTPRequest import HTTPRequest
    from ZPublisher.HTTPResponse import HTTPResponse

    environ = {"SERVER_NAME": "bench.example", "SERVER_PORT": "80", "REQUEST_METHOD": "GET"}
    request = HTTPRequest(BytesIO(), environ, HTTPResponse(stdout=BytesIO()))
    setDefaultSkin(request)
    setRequest(request)
    top = Zope2.app().__of__(RequestContainer(REQUEST=request))
    top.acl_users._doAddUser(NAME, WORD, ["Manager"], [])
    newSecurityManager(None, top.acl_users.getUser(NAME).__of__(top.acl_users))
    site = addPloneSite(
        top,
        "Plone",
        title="Bench",
        setup_content=False,
        extension_ids=PROFILES,
        default_language="de",
    )
    setSite(site)
    site.invokeFactory("Folder", "seiten", title="Seiten")
    for number in range(NUMBER):
        site["seiten"].invokeFactory(
            "Document", f"seite-{number}", title=f"Seite {number}", description="Was hier steht"
        )
    transaction.commit()
    setSite(None)
    setRequest(None)


def asker(path: str, query: str) -> Callable[[], bytes]:
    """Return what asks for an address and returns the answer's body."""
    from ZPublisher.WSGIPublisher import publish_module

    login = base64.b64encode(f"{NAME}:{WORD}".encode()).decode()

    def ask() -> bytes:
        said: list[str] = []
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "bench.example",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "bench.example",
            "HTTP_ACCEPT": "application/json",
            "HTTP_AUTHORIZATION": f"Basic {login}",
            "wsgi.input": BytesIO(),
            "wsgi.errors": sys.stderr,
            "wsgi.url_scheme": "http",
            "wsgi.version": (1, 0),
        }
        body = b"".join(publish_module(environ, lambda status, *_rest: said.append(status)))
        if not said or not said[0].startswith("200"):
            raise SystemExit(f"{path}: {said}")
        return body

    return ask


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1])
    logging.disable(logging.WARNING)
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        make_site(Path(folder))
        for name, path, query in (
            ("folder of 100", "/Plone/seiten", f"b_size={NUMBER}"),
            ("search of 100", "/Plone/@search", f"portal_type=Document&b_size={NUMBER}"),
            ("one item", "/Plone/seiten/seite-1", ""),
        ):
            ask = asker(path, query)
            for _number in range(WARMUP):
                body = ask()
            if name != "one item" and len(json.loads(body)["items"]) != NUMBER:
                raise SystemExit(f"{name}: not {NUMBER} items")
            spent = []
            for _number in range(rounds):
                begun = time.process_time()
                ask()
                spent.append((time.process_time() - begun) * 1000)
            found[name] = {"cpu_ms": round(statistics.median(spent), 2), "bytes": len(body)}
    print(json.dumps(found))


if __name__ == "__main__":
    main()

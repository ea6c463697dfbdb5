"""What HTML editors may store: structure and links, nothing that runs or dresses."""

import re

import nh3

TAGS = {"p", "h3", "h4", "ul", "ol", "li", "strong", "em", "a", "blockquote", "br"}
# "*" is named, or ammonia adds what it finds harmless.
ATTRIBUTES = {"*": {"lang"}, "a": {"href"}}
SCHEMES = {"http", "https", "mailto", "tel"}
_TAG = re.compile(r"<[a-zA-Z/][^<>]*>")


def clean_html(html: str) -> str:
    """Return sanitised HTML. Text without any tag becomes paragraphs at blank lines."""
    if not _TAG.search(html):
        paragraphs = [part.strip() for part in re.split(r"\n\s*\n", html) if part.strip()]
        html = "".join(
            "<p>" + nh3.clean_text(part).replace("&#10;", "<br>").replace("\n", "<br>") + "</p>"
            for part in paragraphs
        )
    cleaned = nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel=None,
        strip_comments=True,
        clean_content_tags={"script", "style", "template", "iframe", "object"},
    )
    return cleaned.strip()

"""The block that shows a contact or an office wherever a page needs one."""

from collections.abc import Mapping, Sequence
from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.request import Request

from stadtkern.content import node_choice
from stadtkern.municipal.lists import hours_of
from stadtkern.web.i18n import _

CONTACTS = ("contact", "office")
"""Content types that the block shows."""


class ContactBlock(colander.MappingSchema):
    """A contact or an office of the directory; what changes there changes here."""

    contact = node_choice(_("Contact or office"), *CONTACTS)


def load(request: Request, blocks: Sequence[Any]) -> Mapping[str, Any]:
    """Return each block's fields and opening hours; its node came with the page's references."""
    found = {}
    for block in blocks:
        node = block.nodes.get(block.data.get("contact"))
        if node is not None and node.type in CONTACTS:
            fields = request.content.fields(node)
            found[block.id] = {"node": node, "fields": fields, "hours": hours_of(fields)}
    return found


def configure(config: Configurator) -> None:
    """Register the block; it is offered where the site has a directory."""
    config.add_block_type(
        "contact",
        title=_("Contact"),
        description=_("A person or an office with telephone and mail, kept in one place."),
        icon="contact",
        schema=ContactBlock,
        template="stadtkern.municipal:templates/blocks/contact.jinja2",
        references=("contact",),
        needs=CONTACTS,
        live=True,
        load=load,
    )

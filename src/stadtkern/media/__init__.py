"""Pictures, files, sound and film as content, and the blocks that show them."""

from pyramid.config import Configurator

from stadtkern.media import blocks, files, jobs, rules, schemas, showing, structured, types
from stadtkern.media.errors import MediaRefused
from stadtkern.media.services import place
from stadtkern.media.types import take

__all__ = ["MediaRefused", "includeme", "place", "take"]


def includeme(config: Configurator) -> None:
    """Register types and blocks; serve bytes below ``/media``."""
    types.configure(config)
    blocks.configure(config)
    rules.configure(config)
    jobs.configure(config)
    config.add_route("media", "/media/{node_id:[0-9]{1,18}}/{sha:[0-9a-f]{12}}/{name}")
    config.add_view(files.serve, route_name="media", request_method="GET")
    config.add_request_method(files.media_path, "media_path")
    config.add_request_method(showing.picture, "picture")
    config.add_request_method(showing.player, "player")
    config.add_request_method(structured.media_object, "media_object")
    config.add_request_method(structured.image_gallery, "image_gallery")
    config.add_request_method(showing.teaser_picture, "teaser_picture")
    config.add_request_method(
        lambda _request, name: schemas.OPEN_LICENCES.get(name, ""), "open_licence"
    )

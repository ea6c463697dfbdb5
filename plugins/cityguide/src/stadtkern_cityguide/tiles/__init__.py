"""A town's map background: one PMTiles file (version 3, vector tiles), for the web and offline."""

from stadtkern_cityguide.tiles.files import MapFile, current

__all__ = ["MapFile", "current"]

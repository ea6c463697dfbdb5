"""Places, tours and categories as views meet them."""

from stadtkern.content import Resource


class Place(Resource):
    """A hotspot, a point of interest or a facility."""

    kind = "place"


class Tour(Resource):
    """A way with stops."""

    kind = "tour"


class Category(Resource):
    """What places are filed under."""

    kind = "guide_category"

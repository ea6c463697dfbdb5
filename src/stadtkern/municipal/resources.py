"""Resources of this room, one class a type."""

from stadtkern.content import Resource


class Service(Resource):
    """Something that the municipality does for people (Leistung)."""

    kind = "service"


class Office(Resource):
    """A part of the administration with an address and hours."""

    kind = "office"


class Contact(Resource):
    """Somebody to turn to, in a function."""

    kind = "contact"


class Announcement(Resource):
    """An official announcement (Bekanntmachung)."""

    kind = "announcement"


class ServiceList(Resource):
    """All services from A to Z."""

    kind = "service_list"


class Directory(Resource):
    """All offices and the people in them."""

    kind = "directory"


class AnnouncementList(Resource):
    """All announcements, by year."""

    kind = "announcement_list"

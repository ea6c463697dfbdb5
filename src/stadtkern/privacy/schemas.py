"""What a municipality sets for its data protection."""

import colander


class PrivacySettings(colander.MappingSchema):
    """Retention periods that differ from the rules' own."""

    own_page = True
    """Not on the page of settings: the periods stand beside their rules."""

    periods = colander.SchemaNode(colander.Mapping(unknown="preserve"), missing=None, default={})
    """Days by the names of rules."""

"""Keeping what can be found in step with what is published. Within the writing transaction."""

from stadtkern.search.index.nodes import Nodes
from stadtkern.search.index.records import Records
from stadtkern.search.index.storing import CHUNK, Met
from stadtkern.search.index.town import note_state, replace_words, vocabulary

NOW = 300
"""Nodes that a switched plugin has indexed anew at once; a job does the rest."""


class Index(Nodes, Records):
    """What can be found in one tenant: nodes and records of sources; see ``storing.Store``."""


__all__ = ["CHUNK", "NOW", "Index", "Met", "note_state", "replace_words", "vocabulary"]

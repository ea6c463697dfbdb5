"""Choosing a node of the library in a form."""

from stadtkern.content import node_choice

__all__ = ["node_choice"]

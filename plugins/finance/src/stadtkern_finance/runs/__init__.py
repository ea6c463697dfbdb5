"""The annual run (Jahreslauf): each object's tax of a year, compared, released by two, written."""

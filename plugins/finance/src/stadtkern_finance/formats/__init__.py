"""From delivered bytes to records: mapping files, hardened readers, nothing lost.

Pure functions: bytes in, ``ParsedRecord`` out; what a mapping does not know is kept in the record's
``unmapped`` and reported.
"""

"""Changing a tour's line and stops by hand: what the screen sends, read and judged.

``edits`` has the line as a script sends it, ``taking`` the line of a pasted text or a file,
``stops`` the rows of the table, ``figures`` what is said of both, ``saving`` the writes.
"""

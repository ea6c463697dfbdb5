"""What a municipality sends: notices as PDF, and the XML of trade tax that goes with them.

Pure functions: facts in, bytes out. Nothing here knows a database or a request.
"""

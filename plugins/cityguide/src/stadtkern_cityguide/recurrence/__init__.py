"""Events that repeat (RFC 5545, 3.3.10 and 3.8.5): from a rule to the dates it means.

Dates are counted on the clock of the town's wall: an event at ten stays at ten when summer time
ends. ``rules`` is pure, ``keeping`` holds the dates of the coming 18 months in a table.
"""

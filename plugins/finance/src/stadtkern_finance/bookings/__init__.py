"""What goes into the accounting system: booking lines, batches, profiles, receipts, direct debits.

Pure functions: facts in, bytes out. A booking is never changed; a correction is its reversal and a
new one.
"""

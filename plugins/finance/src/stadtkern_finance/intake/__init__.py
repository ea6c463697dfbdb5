"""The intake: base notices as records of the exchange room, with checks and proposals."""

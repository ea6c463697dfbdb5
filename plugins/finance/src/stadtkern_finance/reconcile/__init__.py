"""Bestandsabgleich: what the tax office holds beside what we hold."""

"""Notices as letters: what is printed, in which words, and the PDF that comes of it."""

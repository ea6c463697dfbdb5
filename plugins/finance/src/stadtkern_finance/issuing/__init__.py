"""Notices that are kept: made from released assessments, posted or provided, looked at by code."""

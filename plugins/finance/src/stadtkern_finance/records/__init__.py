"""The canonical ``AssessmentRecord``: its schema, its checks, reading it from JSON."""

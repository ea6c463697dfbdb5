"""Pages out of files: folders of Markdown and HTML, ZIP archives of them, WordPress exports."""

from stadtkern.towns.pages import waiting
from stadtkern.towns.pages.opening import open_source
from stadtkern.towns.pages.report import CHANGED, INVALID, NEW, SKIPPED, Line, Report
from stadtkern.towns.pages.sources import Source
from stadtkern.towns.pages.taking import PageImport

__all__ = [
    "CHANGED",
    "INVALID",
    "NEW",
    "SKIPPED",
    "Line",
    "PageImport",
    "Report",
    "Source",
    "open_source",
    "waiting",
]

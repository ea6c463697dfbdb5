"""Blocks that the guide brings; they may stand on every page."""

from pyramid.config import Configurator

from stadtkern_cityguide.blocks import compare, quiz, timeline
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.rally import schemas, showing

BASE = "stadtkern_cityguide:templates/blocks"


def includeme(config: Configurator) -> None:
    """Register the blocks."""
    config.add_block_type(
        "compare",
        title=_("Before and after"),
        description=_("Two pictures of the same view, with a slider between them."),
        icon="compare",
        schema=compare.CompareBlock,
        template=f"{BASE}/compare.jinja2",
        references=("before", "after"),
        live=False,
        needs=("image",),
        structured_data=compare.structured,
    )
    config.add_block_type(
        "timeline",
        title=_("Timeline"),
        description=_("What happened when, from the oldest to the newest."),
        icon="timeline",
        schema=timeline.TimelineBlock,
        template=f"{BASE}/timeline.jinja2",
        references=("entries.image",),
        live=False,
        structured_data=timeline.structured,
    )
    config.add_block_type(
        "quiz",
        title=_("Quiz question"),
        description=_("A question with answers to choose from, and what is right about it."),
        icon="quiz",
        schema=quiz.QuizBlock,
        template=f"{BASE}/quiz.jinja2",
        references=("image",),
        live=False,
        structured_data=quiz.structured,
    )
    config.add_block_type(
        "rally",
        title=_("Rally"),
        description=_("Tasks along the tour, with points; solutions cannot be read by visitors."),
        icon="rally",
        schema=schemas.RallyBlock,
        template=f"{BASE}/rally.jinja2",
        only_on=("tour",),
        live=False,
        load=showing.load,
    )

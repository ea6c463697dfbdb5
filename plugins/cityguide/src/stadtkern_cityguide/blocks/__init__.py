"""Blocks that the guide brings; they may stand on every page."""

from pyramid.config import Configurator

from stadtkern_cityguide.blocks import compare, model3d, panorama, quiz, timeline
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
    config.add_block_type(
        "panorama",
        title=_("Panorama of 360 degrees"),
        description=_("A picture to look around in, with points and a list of them."),
        icon="panorama",
        schema=panorama.PanoramaBlock,
        template=f"{BASE}/panorama.jinja2",
        references=("image",),
        live=False,
        needs=("image",),
        structured_data=panorama.structured,
    )
    config.add_block_type(
        "model3d",
        title=_("3D model"),
        description=_("A thing to turn around, with a picture and a description."),
        icon="model",
        schema=model3d.ModelBlock,
        template=f"{BASE}/model3d.jinja2",
        references=("image", "model"),
        live=False,
        load=model3d.load,
        needs=("file",),
        structured_data=model3d.structured,
    )

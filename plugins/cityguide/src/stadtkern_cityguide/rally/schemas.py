"""What editors fill in about a rally; solutions are for them alone (``private``)."""

from collections.abc import Mapping
from typing import Any

import colander

from stadtkern.forms import Lacking
from stadtkern.forms import fields as f
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.rally.answers import KINDS, Unsolvable, solution
from stadtkern_cityguide.schemas.tours import MAX_STOPS

MAX_TASKS = 30
MAX_BADGES = 10


class RallyTask(colander.MappingSchema):
    """One task; what its kind does not need stays empty."""

    kind = f.choice(_("Kind of task"), KINDS, ask=True)
    question = f.text(_("Task"), maximum=1_000, rows=2)
    stop = f.number(
        _("At stop number"),
        minimum=1,
        maximum=MAX_STOPS,
        required=False,
        description=_("As the tour numbers them. “Be there” takes the position from it."),
    )
    options = f.text(
        _("Answers to choose from"),
        maximum=1_000,
        rows=3,
        required=False,
        description=_("Only where one chooses; one a line."),
    )
    answer = f.text(
        _("Right answer"),
        maximum=1_000,
        rows=2,
        required=False,
        private=True,
        description=_("Visitors cannot read it."),
    )
    tolerance = f.number(
        _("More or less"),
        minimum=0,
        maximum=1_000_000,
        whole=False,
        required=False,
        private=True,
        description=_("Only for numbers: how far off an answer may be."),
    )
    points = f.number(
        _("Points"),
        minimum=0,
        maximum=1_000,
        required=False,
        description=_("Left empty: ten."),
    )
    hint = f.line(_("Hint"), maximum=300, required=False)
    hint_cost = f.number(_("Points that the hint costs"), minimum=0, maximum=1_000, required=False)
    tries = f.number(
        _("Tries"),
        minimum=1,
        maximum=20,
        required=False,
        description=_("Left empty: as many as one likes."),
    )
    seconds = f.number(
        _("Seconds for all points"),
        minimum=10,
        maximum=3_600,
        required=False,
        description=_(
            "After that a right answer brings half of them. Visitors may switch the clock off."
        ),
    )


class RallyBadge(colander.MappingSchema):
    """What one earns by points."""

    title = f.line(_("Badge"), maximum=80)
    points = f.number(_("From points"), minimum=1, maximum=30_000)


class RallyBlock(colander.MappingSchema):
    """Tasks along a tour."""

    title = f.line(_("Title of the rally"), maximum=160)
    intro = f.text(_("Introduction"), maximum=2_000, rows=3, required=False)
    tasks = f.rows(
        _("Tasks"),
        RallyTask(title=""),
        maximum=MAX_TASKS,
        spare=1,
        description=_(
            "The right answer is, to choose: the right one, or several, one a line. A word: all "
            "that count, one a line; case, blanks and accents do not matter. To put in order: all "
            "things in the right order, one a line. To find a code: the code on the sign. To be "
            "there: the code on a sheet, for those whose device does not tell where it is; it may "
            "stay empty."
        ),
        validator=colander.Length(
            min=1,
            max=MAX_TASKS,
            min_err=_("Please write at least one task."),
            max_err=_("Please write at most ${max} tasks."),
        ),
    )
    badges = f.rows(_("Badges"), RallyBadge(title=""), maximum=MAX_BADGES, spare=1)

    def validator(self, node: Any, values: Mapping[str, Any]) -> None:
        """Refuse tasks that nobody can solve."""
        for number, task in enumerate(values.get("tasks") or (), start=1):
            try:
                solution(task, "")
            except Unsolvable as problem:
                error = (Lacking if problem.lacking else colander.Invalid)(node)
                error["tasks"] = _(
                    "Task ${n}: ${problem}", mapping={"n": number, "problem": problem.args[0]}
                )
                raise error from None

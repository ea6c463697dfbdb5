"""A question to puzzle over; its answer is no secret (a rally's is)."""

from collections.abc import Mapping
from typing import Any

import colander
from pyramid.request import Request

from stadtkern.content import node_choice
from stadtkern.forms import Lacking
from stadtkern.forms import fields as f
from stadtkern_cityguide.i18n import _

LEAST, MOST = 2, 8


class QuizChoice(colander.MappingSchema):
    """One answer to choose."""

    text = f.line(_("Answer"), maximum=200)
    right = f.yes(_("This is right"))


class QuizBlock(colander.MappingSchema):
    """A question; with one right answer one is chosen, with several several."""

    question = f.line(_("Question"), maximum=300)
    image = node_choice(_("Picture"), "image", required=False)
    choices = f.rows(
        _("Answers"),
        QuizChoice(title=""),
        maximum=MOST,
        validator=colander.Length(max=MOST, max_err=_("Please write at most ${max} answers.")),
    )
    explanation = f.text(
        _("Explanation"),
        maximum=2_000,
        rows=3,
        description=_("Why it is so; shown with the right answer."),
    )

    def validator(self, node: Any, values: Mapping[str, Any]) -> None:
        """Demand a choice, and a right answer in it."""
        choices = values.get("choices") or ()
        if len(choices) >= LEAST and any(row.get("right") for row in choices):
            return
        error = Lacking(node)
        error["choices"] = (
            _("Please mark which answer is right.")
            if len(choices) >= LEAST
            else _("Please write at least two answers.")
        )
        raise error


def structured(_request: Request, block: Any) -> dict[str, Any]:
    """Return the question with its answers."""
    choices = block.data.get("choices") or ()

    def answers(*, right: bool) -> list[dict[str, str]]:
        return [
            {"@type": "Answer", "text": row.get("text") or ""}
            for row in choices
            if bool(row.get("right")) is right
        ]

    name = block.data.get("question") or ""
    return {
        "@type": "Quiz",
        "name": name,
        "hasPart": [
            {
                "@type": "Question",
                "eduQuestionType": "Multiple choice",
                "text": name,
                "suggestedAnswer": answers(right=False),
                "acceptedAnswer": answers(right=True),
            }
        ],
    }

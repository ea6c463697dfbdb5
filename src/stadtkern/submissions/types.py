"""The content type "form" and the block of one field."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import colander
from pyramid.config import Configurator

from stadtkern.content import Resource
from stadtkern.content.quality import STOP, WARN, Finding
from stadtkern.forms import fields as f
from stadtkern.submissions.fields import BLOCK, KINDS, UNASKED, doubts, fields_of
from stadtkern.web.i18n import _


class FormPage(Resource):
    """A form that people fill in and send."""

    kind = "form"


class FormSchema(colander.MappingSchema):
    """What holds for the whole form; its questions are blocks."""

    keep_days = f.number(
        _("Days that entries are kept"),
        minimum=1,
        maximum=3650,
        default=180,
        description=_("After that they are deleted by themselves. It holds for new entries."),
    )
    thanks = f.text(
        _("Words after sending"),
        maximum=1000,
        rows=3,
        required=False,
        description=_("What happens next, and when."),
    )
    button = f.line(_("Words on the button"), maximum=60, required=False)


class FieldBlock(colander.MappingSchema):
    """One question of a form."""

    label = f.line(_("Question"), maximum=300)
    kind = f.choice(_("Kind of answer"), KINDS, default="line")
    required = f.yes(_("Must be answered"), default=True)
    help = f.line(_("Help"), maximum=300, required=False)
    options = f.text(
        _("Answers to choose from"),
        maximum=4000,
        rows=4,
        required=False,
        description=_("One a line, for a choice."),
    )
    when_label = f.line(
        _("Only if this question"),
        maximum=300,
        required=False,
        description=_("The words of an earlier question of this form; empty: always."),
    )
    when_value = f.line(_("has this answer"), maximum=300, required=False)

    def validator(self, node: Any, values: Mapping[str, Any]) -> None:
        """Ask for what belongs together."""
        error = colander.Invalid(node)
        if (
            values.get("kind") in {"choice", "several"}
            and not (values.get("options") or "").strip()
        ):
            error["options"] = _("Please write at least one answer to choose from.")
        if values.get("when_label") and not values.get("when_value"):
            error["when_value"] = _("Please say which answer is meant.")
        if error.children:
            raise error


def review(blocks: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Find what nobody could answer: a form without a question, a condition that is never met."""
    fields = fields_of(blocks)
    if all(field.kind in UNASKED for field in fields):
        yield Finding("form-empty", STOP, _("Please add at least one question."))
    for field in doubts(fields):
        yield Finding(
            "form-condition",
            WARN,
            _(
                "The condition of a question can never be met: no earlier question has these "
                "words, or it does not offer this answer."
            ),
            field.name.removeprefix("q-"),
            "when_label" if field.orphan else "when_value",
            field.label,
        )


def configure(config: Configurator) -> None:
    """Register both."""
    config.add_content_type(
        "form",
        title=_("Form"),
        description=_("Questions that people answer; the entries come into the back office."),
        schema=FormSchema,
        resource=FormPage,
        review=review,
    )
    config.add_block_type(
        BLOCK,
        title=_("Question"),
        description=_("What people answer: in words, by choosing, or with a file."),
        only_on=("form",),
        schema=FieldBlock,
        template="stadtkern.submissions:templates/blocks/form_field.jinja2",
    )

"""Workflows: which states a node may have, and who leads it from one to the next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pyramid.config import Configurator
from pyramid.registry import Registry

from stadtkern.accounts import Permission
from stadtkern.plugins import owner_of
from stadtkern.web.i18n import _

DRAFT = "draft"
SUBMITTED = "submitted"
PUBLISHED = "published"
"""The one state that everybody may see; queries know it by name."""
ARCHIVED = "archived"

SIMPLE = "simple"
REVIEWED = "reviewed"


@dataclass(frozen=True)
class Transition:
    """A way from some states to another one.

    ``permission`` is asked on the node. ``comment``: "no", "may" or "must" be given.
    ``second``: not by whoever took the step before. ``tells``: "reviewers" or "author" get mail.
    """

    name: str
    title: str
    sources: tuple[str, ...]
    target: str
    permission: str
    comment: str = "no"
    second: bool = False
    tells: str | None = None


@dataclass(frozen=True)
class Workflow:
    """States with their titles, the one that new nodes have, and the transitions between them.

    ``direct``: whether a published page may be changed without a further step.
    """

    name: str
    title: str
    states: Mapping[str, str]
    transitions: tuple[Transition, ...]
    initial: str = DRAFT
    direct: bool = True
    owner: str | None = None

    def transition(self, name: str) -> Transition | None:
        """Return a transition by name."""
        return next((step for step in self.transitions if step.name == name), None)

    def steps_from(self, state: str) -> list[Transition]:
        """Return what may follow a state, in the order of registration."""
        return [step for step in self.transitions if state in step.sources]

    @property
    def way_out(self) -> Transition | None:
        """The transition that takes what is published off the site at its end, if there is one."""
        return self.step_to(PUBLISHED, ARCHIVED) or self.step_to(PUBLISHED, DRAFT)

    def step_to(self, state: str, target: str) -> Transition | None:
        """Return the transition that leads from one state to another, if there is one."""
        return next((step for step in self.steps_from(state) if step.target == target), None)


def add_workflow(
    config: Configurator,
    name: str,
    *,
    title: str,
    states: Mapping[str, str],
    transitions: Iterable[Transition],
    initial: str = DRAFT,
    direct: bool = True,
) -> None:
    """Register a workflow; a content type names it, or the town chooses it for all its pages.

    ``states`` maps names to titles and must hold ``published``, the only state that the public
    sees. Raises ``ValueError`` for transitions between states that are not named.
    """
    steps = tuple(transitions)
    unknown = {state for step in steps for state in (*step.sources, step.target)} | {
        initial,
        PUBLISHED,
    }
    unknown -= set(states)
    if unknown:
        raise ValueError(f"workflow {name}: unknown states {', '.join(sorted(unknown))}")
    flow = Workflow(name, title, dict(states), steps, initial, direct, owner_of(config))

    def register() -> None:
        config.registry["workflows"][name] = flow

    intr = config.introspectable("workflows", name, str(title), "workflow")
    intr["name"] = name
    intr["states"] = sorted(flow.states)
    config.action(("workflow", name), register, introspectables=(intr,))


def workflow_of(registry: Registry, name: str | None, chosen: str) -> Workflow:
    """Return a type's own workflow, else the one that the town has chosen, else the simple one."""
    flows: dict[str, Workflow] = registry["workflows"]
    return flows.get(name or chosen) or flows[SIMPLE]


def directives(config: Configurator) -> None:
    """Offer ``add_workflow``."""
    config.registry["workflows"] = {}
    config.add_directive("add_workflow", add_workflow)


def configure(config: Configurator) -> None:
    """Register the two workflows that come with the platform."""
    config.add_workflow(
        SIMPLE,
        title=_("Draft and published"),
        states={DRAFT: _("draft"), PUBLISHED: _("published"), ARCHIVED: _("archived")},
        transitions=(
            Transition("publish", _("Publish"), (DRAFT,), PUBLISHED, Permission.PUBLISH),
            Transition("retract", _("Take back"), (PUBLISHED,), DRAFT, Permission.PUBLISH),
            Transition("archive", _("Archive"), (PUBLISHED,), ARCHIVED, Permission.PUBLISH),
            Transition("revive", _("Back to draft"), (ARCHIVED,), DRAFT, Permission.PUBLISH),
        ),
    )
    config.add_workflow(
        REVIEWED,
        title=_("With review"),
        states={
            DRAFT: _("draft"),
            SUBMITTED: _("in review"),
            PUBLISHED: _("published"),
            ARCHIVED: _("archived"),
        },
        direct=False,
        transitions=(
            Transition(
                "submit",
                _("Submit for review"),
                (DRAFT,),
                SUBMITTED,
                Permission.SUBMIT,
                comment="may",
                tells="reviewers",
            ),
            Transition("withdraw", _("Withdraw"), (SUBMITTED,), DRAFT, Permission.SUBMIT),
            Transition(
                "publish",
                _("Publish"),
                (SUBMITTED,),
                PUBLISHED,
                Permission.REVIEW,
                comment="may",
                second=True,
                tells="author",
            ),
            Transition(
                "return",
                _("Return to the author"),
                (SUBMITTED,),
                DRAFT,
                Permission.REVIEW,
                comment="must",
                tells="author",
            ),
            Transition("retract", _("Take back"), (PUBLISHED,), DRAFT, Permission.PUBLISH),
            Transition("archive", _("Archive"), (PUBLISHED,), ARCHIVED, Permission.PUBLISH),
            Transition("revive", _("Back to draft"), (ARCHIVED,), DRAFT, Permission.PUBLISH),
        ),
    )

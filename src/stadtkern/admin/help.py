"""Short help beside each screen, in the reader's language; longer texts are docs/editors."""

from pyramid.request import Request

from stadtkern.web.i18n import _

HELP = {
    "admin": (
        _("What waits for you stands here. A list without entries stays away."),
        _("Each list shows a few pages; “All …” leads to the rest."),
    ),
    "admin.tree": (
        _("The arrow before a title shows what stands below it. The title leads to the page."),
        _(
            "To move a page, press “Move”, open the place where it shall go, and press “Put "
            "below” or “Put before”. With mouse or finger you can also drag it by the dots."
        ),
        _("Old addresses lead on to the new ones, so that no link breaks."),
    ),
    "admin.pages": (
        _("Narrow the list by the fields on top; click a heading of the table to sort."),
        _(
            "Tick pages and choose below the table what shall be done with them. More than 50 "
            "are worked through in the background, and you see what became of each."
        ),
    ),
    "admin.pages.run": (
        _("Pages that were left as they were are named with the reason."),
        _("You may leave this page: the work goes on without you."),
    ),
    "admin.node": (
        _("All about one page: its state, what can be done with it, what stands below it."),
        _(
            "The quality check says what to mend. Only a picture without alternative text keeps "
            "a page from being published."
        ),
    ),
    "admin.node.edit": (
        _("A page is made of blocks. Add them at the end and move them up or down."),
        _("Nothing is stored until you press “Save”. Enter in a one-line field saves, too."),
        _("Ctrl and S (on a Mac Cmd and S) saves from anywhere in the form."),
    ),
    "admin.node.add": (
        _("Only the title is needed. The address is made from it."),
        _("A new page is a draft: visitors see it once it is published."),
    ),
    "admin.node.move": (
        _("Choose the page below which it shall stand. All below it moves along."),
    ),
    "admin.node.copy": (
        _("A copy has an address and a history of its own and starts as a draft."),
    ),
    "admin.node.look": (_("The frames show the working copy. Links in them work, forms do not."),),
    "admin.choose": (_("Search by words of the title, or open the tree level by level."),),
    "admin.people": (_("Everybody here may log in. What somebody may do depends on the roles."),),
    "admin.person": (_("A role counts for the whole site, or for one page and all below it."),),
    "admin.reports": (
        _("Answer within six weeks. “Undo” right after an answer opens the report again."),
    ),
    "admin.search": (
        _("Words of one line mean the same: whoever looks for one finds the others, too."),
        _("New words count at once, for new searches."),
    ),
    "admin.submissions": (
        _("Whoever has sent a form reads the state of an entry by its number and code."),
        _("Entries are deleted by themselves after the days that their form names."),
    ),
    "admin.visits": (
        _("Each page is counted once for each time that it is read, whoever reads it."),
        _("“Searched in vain” shows what is missing on the site, or called by another name."),
    ),
    "admin.subscriptions": (
        _("Nobody sees who has subscribed; each mail has a link that ends it by one click."),
    ),
    "admin.privacy": (
        _("“One person” finds what is stored of a mail address, in all parts and plugins."),
        _("Nothing is deleted before you have seen the list and agreed to it."),
    ),
    "admin.tokens": (
        _("A token is shown once. If it is lost, revoke it and make a new one."),
        _("Give a program only the rights that it needs, and an end."),
    ),
    "admin.webhooks": (
        _("Another system is told of what happens here, with a signature that it can check."),
        _("What does not arrive is repeated for some days; the log shows each attempt."),
    ),
    "admin.town": (
        _("The archive holds all pages, files and entries of the municipality, but no secrets."),
        _("Keep it as safe as the website itself: it names persons."),
    ),
    "admin.page_files": (
        _("First you see what would be made of each file; only then press “Make drafts”."),
        _("The same file a second time adds only what was missing."),
    ),
    "admin.arrivals": (
        _("The archive is checked first; nobody sees the new town before it is whole."),
    ),
}
"""Route → sentences."""

KEYS = (
    (_("Tab, Shift and Tab"), _("to the next and the previous link, field or button")),
    (_("first Tab on a page, then Enter"), _("past the menu to the content")),
    (_("Enter or Space"), _("presses what has the focus")),
    (_("Ctrl and S"), _("saves the form")),
    (_("Escape"), _("closes a window or ends dragging")),
)
"""What the keyboard does everywhere."""


def office_help(request: Request) -> tuple[str, ...]:
    """Return the sentences of the screen that is shown; empty where there are none."""
    route = request.matched_route
    return HELP.get(route.name, ()) if route is not None else ()

"""Files."""

from typing import Any

import colander
import deform.widget as w

from stadtkern.forms.fields.node import field


class UploadWidget(w.Widget):
    """A file field. A browser cannot show a chosen file again: after an error it is empty."""

    template = "upload"
    accept = ""
    maximum = 10_000_000

    def serialize(self, field: Any, cstruct: Any = None, **kw: Any) -> Any:  # noqa: ARG002
        """Render the field, always empty."""
        return field.renderer(self.template, **self.get_template_values(field, "", kw))

    def deserialize(self, _field: Any, pstruct: Any) -> Any:
        """Return what the browser sent (``filename``, ``file``), or null for no file."""
        if getattr(pstruct, "filename", None):
            return pstruct
        return colander.null


class Upload(colander.SchemaType):
    """An uploaded file as the browser sent it."""

    def serialize(self, _node: Any, _appstruct: Any) -> Any:
        """Show nothing: files are not sent back."""
        return colander.null

    def deserialize(self, _node: Any, cstruct: Any) -> Any:
        """Pass the file through."""
        # Not by truth: an uploaded file has none and says so with an error.
        return colander.null if cstruct is None else cstruct


def upload(title: str, *, accept: str, maximum: int, required: bool = True, **kw: Any) -> Any:
    """Return a file field; ``maximum`` in bytes is shown, the service enforces it."""
    return field(
        Upload(),
        title,
        required=required,
        widget=UploadWidget(accept=accept, maximum=maximum),
        **kw,
    )

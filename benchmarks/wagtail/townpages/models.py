"""A page whose body is a stream of the blocks that ours is measured with."""

from wagtail.admin.panels import FieldPanel
from wagtail.blocks import CharBlock, ChoiceBlock, RichTextBlock, StructBlock
from wagtail.fields import StreamField
from wagtail.images.blocks import ImageChooserBlock
from wagtail.models import Page


class HeadingBlock(StructBlock):
    """A heading with its level."""

    text = CharBlock()
    level = ChoiceBlock(choices=[("2", "2"), ("3", "3"), ("4", "4")], default="2")


class PictureBlock(StructBlock):
    """A picture with a caption."""

    image = ImageChooserBlock()
    caption = CharBlock(required=False)


class TownPage(Page):
    """A page of blocks."""

    body = StreamField(
        [("heading", HeadingBlock()), ("text", RichTextBlock()), ("image", PictureBlock())],
        blank=True,
    )
    content_panels = [*Page.content_panels, FieldPanel("body")]

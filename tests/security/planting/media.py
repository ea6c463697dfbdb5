"""Pictures, files, sound, film and a form of a town, and blocks that show them."""

import io
from collections.abc import Iterable, Mapping
from typing import Any

from security_side import Side

from stadtkern.media.intake import store_audio, store_file, store_image, store_video

MP3 = (b"\xff\xfb\x90\x00" + bytes(413)) * 3
MP4 = bytes.fromhex(
    "00000014667479706d703432000000006d703432"  # ftyp: mp42
    "000000386d6f6f76000000307472616b000000286d646961"  # moov, trak, mdia
    "0000002068646c72000000000000000076696465000000000000000000000000"  # hdlr: vide
    "0000000c6d64617401020304"  # mdat
)  # fmt: skip
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><title>{}</title></svg>'


def plant_media(side: Side) -> dict[str, Any]:
    """Fill the library; return the hash of the coat of arms as ``arms``."""
    town, word = side.town, side.word
    store = town.registry["storage"]
    drawing = io.BytesIO(SVG.format(word("imagebytes")).encode())
    image = store_image(store, drawing, f"{word('imagename')}.svg")
    letter = io.BytesIO(f"Text {word('filebytes')}".encode())
    file = store_file(store, letter, f"{word('filename')}.txt")
    arms = store_image(store, io.BytesIO(SVG.format(word("armsbytes")).encode()), "arms.svg")
    side.ids["image"] = town.add(
        "image",
        word("imagetitle"),
        slug=f"{side.prefix}-image",
        fields={
            "alt": word("imagealt"),
            "decorative": False,
            "credit": word("imagecredit"),
            "licence": "CC0-1.0",
            "stored": image.as_field(),
        },
    ).id
    side.ids["file"] = town.add(
        "file", word("filetitle"), slug=f"{side.prefix}-file", fields={"stored": file.as_field()}
    ).id
    origin = {"credit": word("mediacredit"), "licence": "CC0-1.0", "silent": True}
    for kind, taken in (
        ("audio", store_audio(store, io.BytesIO(MP3), f"{word('audioname')}.mp3", 10_000)),
        ("video", store_video(store, io.BytesIO(MP4), f"{word('videoname')}.mp4", 10_000)),
    ):
        fields = {"stored": taken.as_field(), **origin}
        slug = f"{side.prefix}-{kind}"
        side.ids[kind] = town.add(kind, word(f"{kind}title"), slug=slug, fields=fields).id
    form = town.add(
        "form",
        word("formtitle"),
        fields={"keep_days": 30},
        blocks=[
            {"id": "f0", "type": "form_field", "data": {"label": "Name", "kind": "line"}},
        ],
    )
    side.ids["form"], side.paths["form"] = form.id, form.path
    side.ids["media_folder"] = town.add(
        "media_folder", word("mediatitle"), slug=f"{side.prefix}-media"
    ).id
    side.paths["image.sha"], side.paths["file.sha"] = image.sha, file.sha
    return {"arms": arms.sha}


def blocks_of(side: Side) -> list[dict[str, Any]]:
    """Return blocks of many types, with what stands in the library."""
    word = side.word
    data: Iterable[tuple[str, Mapping[str, Any]]] = (
        ("heading", {"text": word("heading"), "level": "2"}),
        ("text", {"html": f"<p>{word('textblock')}</p>"}),
        ("map_point", {"label": word("maplabel"), "address": word("address"), "lat": 1, "lon": 2}),
        ("image", {"image": side.ids["image"], "caption": word("caption")}),
        ("download", {"file": side.ids["file"], "label": word("download")}),
        (
            "video",
            {
                "address": "https://youtu.be/abcdefghijk",
                "title": word("film"),
                "text": word("says"),
            },
        ),
        ("gallery", {"title": word("gallery"), "images": [{"image": side.ids["image"]}]}),
        ("teasers", {"heading": word("teasers")}),
        ("quote", {"text": word("quote"), "person": word("speaker")}),
    )
    return [
        {"id": f"aaaa{number}", "type": kind, "data": values}
        for number, (kind, values) in enumerate(data)
    ]

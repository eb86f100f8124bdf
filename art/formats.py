"""Where a recipe lies in each kind of picture file.

PNG: a text chunk "mused"; JPEG and WebP: the EXIF user comment (Exif 2.32, 4.6.5); GIF: its
comment. Other programs show the prompt as the picture's title or description.
"""

from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin

CHUNK = "mused"
MARK = "mused:"
"""Comments of cameras and other programs begin otherwise."""
FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
"""The formats of single pictures by the suffix of their names."""
_UNDEFINED = bytes(8)
"""The character code of a user comment that is neither ASCII nor UTF-16: ours is UTF-8."""
_DESCRIPTION, _SOFTWARE, _EXIF, _USER_COMMENT = 0x010E, 0x0131, 0x8769, 0x9286
_LONGEST_EXIF = 65_000
"""Bytes one JPEG segment holds, rounded down."""


def save_options(kind: str, recipe: str, prompt: str, software: str) -> dict[str, Any]:
    """Return what Pillow's save() takes for a format to hold a recipe.

    recipe: JSON. Raises ValueError where a JPEG cannot hold so much.
    """
    if kind == "PNG":
        texts = PngImagePlugin.PngInfo()
        texts.add_itxt("Title", prompt)
        texts.add_itxt("Description", prompt)
        texts.add_itxt("Software", software)
        texts.add_itxt(CHUNK, recipe)
        return {"pnginfo": texts}
    if kind == "GIF":
        return {"comment": _comment(recipe)}
    # What is seen is small and has hard edges: halving its colours' resolution shows.
    look = {"quality": 95, "subsampling": 0} if kind == "JPEG" else {"quality": 92}
    return {"exif": _exif(kind, recipe, prompt, software), **look}


def _exif(kind: str, recipe: str, prompt: str, software: str) -> bytes:
    exif = Image.Exif()
    exif[_SOFTWARE] = software
    exif[_DESCRIPTION] = prompt.encode()
    exif.get_ifd(_EXIF)[_USER_COMMENT] = _UNDEFINED + _comment(recipe)
    content = exif.tobytes()
    if kind == "JPEG" and len(content) > _LONGEST_EXIF:
        del exif[_DESCRIPTION]
        content = exif.tobytes()
        if len(content) > _LONGEST_EXIF:
            raise ValueError("the recipe is too long for a JPEG")
    return content


def _comment(recipe: str) -> bytes:
    # Names of files may be no Unicode, which Python writes as half characters.
    return (MARK + recipe).encode("utf-8", "surrogatepass")


def recipe_in(image: Image.Image) -> str | None:
    """Return the JSON of the recipe in a picture just opened, None where there is none yet.

    Programs that rewrite a PNG put text behind the pixels, where only load() reads it.
    """
    if image.format == "PNG":
        text = image.info.get(CHUNK)
        return None if text is None else str(text)
    if image.format == "GIF":
        comment = image.info.get("comment", b"")
    else:
        comment = image.getexif().get_ifd(_EXIF).get(_USER_COMMENT, b"")
    if not isinstance(comment, bytes):
        return None
    comment = comment.removeprefix(_UNDEFINED)
    if not comment.startswith(MARK.encode()):
        return None
    return comment.decode("utf-8", "surrogatepass").removeprefix(MARK)


def kind_of(path: Path) -> str | None:
    """Return Pillow's name of the format a picture of this name has."""
    return FORMATS.get(path.suffix.lower())

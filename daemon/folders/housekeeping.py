"""Keeps the gallery in order: shows its newest picture, removes what is not to be kept."""

import logging
from collections.abc import Callable, Container, Sequence

from mused.daemon.config import Folders
from mused.daemon.folders.latest import FINISHED, Latest
from mused.daemon.folders.pictures import Found, Pictures, newest_first, recipe_in
from mused.daemon.folders.retention import Keep, prune_pictures, size_of
from mused.daemon.health import beat

log = logging.getLogger(__name__)

SHEET = "sheet"


class Housekeeping:
    """Works on the gallery of `pictures`; slow, for a thread. Methods raise OSError."""

    def __init__(self, folders: Folders, pictures: Pictures) -> None:
        self._folders = folders
        self._pictures = pictures
        self._latest = Latest(folders.gallery, pictures)
        self._reasons: dict[str, str | None] = {}
        self._begun = False

    def keep(self, new: Sequence[Found], marks: Container[str]) -> str | None:
        """Look after the gallery when `new` pictures came; returns a mark for the memory, if any.

        `marks` are those in the memory.
        """
        if not self._begun:
            self._latest.sweep()
        if new or not self._begun:
            fresh = {each.mark for each in new}
            self._prune(lambda each: each.mark in fresh or each.mark not in marks)
            self._begun = True
        candidates = self._pictures.all() if self._latest.is_lost() else newest_first(new)
        for picture in candidates:
            if self._stop_reason(picture) in FINISHED:
                return self._latest.show(picture, marks)
        return None

    def _prune(self, fresh: Callable[[Found], bool]) -> None:
        """Remove what is too much, but nothing `fresh`, which nobody has seen yet."""
        keep = Keep(self._folders.keep_pictures, self._folders.keep_gigabytes)
        pictures = self._pictures.all()
        if not keep.exceeded_by(len(pictures), size_of(pictures)):
            return
        whole = (*FINISHED, SHEET)
        finished = [each for each in pictures if self._stop_reason(each) in whole]
        frames = [each for each in pictures if self._stop_reason(each) == "cancelled"]
        prune_pictures([*finished, *frames], keep, fresh)

    def _stop_reason(self, picture: Found) -> str | None:
        """How its painting ended, or SHEET; None for somebody else's picture."""
        if picture.mark not in self._reasons:
            beat()
            try:
                recipe = recipe_in(picture.path, decode=False)
            except OSError:  # just now
                return None
            except Exception:
                log.exception("%r cannot be read", picture.path.name)
                recipe = None
            reason = recipe.stop_reason if recipe else None
            self._reasons[picture.mark] = SHEET if recipe and recipe.variations > 1 else reason
        return self._reasons[picture.mark]

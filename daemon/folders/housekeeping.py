"""Keeps the gallery in order: shows its newest picture, removes what is not to be kept."""

import logging
from collections.abc import Container, Sequence

from mused.daemon.config import Folders
from mused.daemon.folders.latest import Latest
from mused.daemon.folders.pictures import Found, Pictures, recipe_in
from mused.daemon.folders.retention import prune_pictures
from mused.daemon.health import beat

log = logging.getLogger(__name__)


class Housekeeping:
    """Works on the gallery of `pictures`; slow, for a thread. Methods raise OSError."""

    def __init__(self, folders: Folders, pictures: Pictures) -> None:
        self._folders = folders
        self._pictures = pictures
        self._latest = Latest(folders.gallery)
        self._reasons: dict[str, str | None] = {}
        self._begun = False

    def keep(self, new: Sequence[Found], marks: Container[str]) -> str | None:
        """Look after the gallery when `new` pictures came; returns a mark for the memory, if any.

        `marks` are those in the memory.
        """
        if not self._begun:
            self._latest.sweep()
        if new or not self._begun:
            self._prune()
            self._begun = True
        lost = self._latest.is_lost()
        for picture in self._pictures.all() if lost else _newest_first(new):
            if self._stop_reason(picture) == "finished":
                return self._latest.show(picture, marks)
        return None

    def _prune(self) -> None:
        count, gigabytes = self._folders.keep_pictures, self._folders.keep_gigabytes
        if count is not None or gigabytes is not None:
            prune_pictures(
                self._pictures.all(),
                lambda picture: self._stop_reason(picture) is not None,
                count=count,
                gigabytes=gigabytes,
            )

    def _stop_reason(self, picture: Found) -> str | None:
        """How its painting ended; None for somebody else's picture."""
        if picture.mark not in self._reasons:
            beat()
            try:
                recipe = recipe_in(picture.path, decode=False)
            except OSError:  # just now
                return None
            except Exception:
                log.exception("%r cannot be read", picture.path.name)
                recipe = None
            self._reasons[picture.mark] = recipe.stop_reason if recipe else None
        return self._reasons[picture.mark]


def _newest_first(pictures: Sequence[Found]) -> list[Found]:
    return sorted(pictures, key=lambda each: each.status.st_mtime_ns, reverse=True)

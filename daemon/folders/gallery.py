"""The gallery: whoever puts a picture with our recipe there, it is announced once.

What was announced is remembered in a small database, so that a restart repeats nothing. A picture
is known by its file and, once announced, by the job in its recipe or else by its content: neither
renaming nor moving it between folders nor restoring a backup makes it new. Pictures that lay
there before the first start, and old ones that come in crowds, are not announced. What was painted
while the daemon was off is summed up.
"""

import asyncio
import hashlib
import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mused.art.foresight import foresee
from mused.art.picture import Recipe
from mused.art.prompt import parse
from mused.daemon.config import Folders
from mused.daemon.errors import QueueError
from mused.daemon.events import Bus
from mused.daemon.folders.housekeeping import Housekeeping
from mused.daemon.folders.pictures import Found, Pictures, recipe_in
from mused.daemon.folders.settling import Settling
from mused.daemon.folders.watch import Watch, keep_scanning
from mused.daemon.health import beat
from mused.daemon.jobs.database import Database
from mused.daemon.jobs.queue import ORDER, TURN

log = logging.getLogger(__name__)

SCHEMA = ("CREATE TABLE seen (mark TEXT PRIMARY KEY) WITHOUT ROWID",)
PRIMED = "primed"  # the mark of a finished first scan
AT_ONCE = 1000  # marks read or written before the event loop breathes
OLD = 24 * 3600.0  # seconds
STARTED = time.time()  # pictures from before that were painted while mused was off
CROWD = 20  # so many old pictures at once are an archive that was moved or mounted there


class Gallery:
    """Watches the gallery, remembers in the SQLite file `memory`; `run` is its one task."""

    def __init__(self, folders: Folders, memory: Path, bus: Bus) -> None:
        self._bus = bus
        self._watch = Watch(folders.gallery, folders.poll)
        self._pictures = Pictures(folders.gallery)
        self._housekeeping = Housekeeping(folders, self._pictures)
        self._settling = Settling()
        self._scanning = asyncio.Lock()
        self._database = Database(memory, SCHEMA)
        self._seen: set[str] = set()
        self._missed: frozenset[str] | None = None
        """Marks of the pictures that were new at the first look: painted while nobody looked."""
        self._unsaid: list[Recipe] = []
        """Of those, what is to be summed up once the last of them has settled."""

    def close(self) -> None:
        """Close the memory."""
        self._database.close()

    async def run(self) -> None:
        """Announce pictures until cancelled."""
        await keep_scanning("the gallery", self._watch, self.scan)

    def status(self) -> str:
        """The folder, and why it cannot be used if so."""
        return self._watch.status()

    async def scan(self) -> float | None:
        """Announce every new settled picture; returns seconds until another look is due, if any.

        Raises OSError when the folder cannot be used, QueueError when the memory cannot.
        """
        async with self._scanning:
            await self._watch.ensure(await asyncio.to_thread(self._pictures.recent_days))
            if PRIMED not in self._seen:
                await self._prime()
            settled, unsettled = await asyncio.to_thread(self._look)
            try:
                for picture in await self._without_archive(settled):
                    recipe = await self._try_to_meet(picture)
                    if recipe and recipe.stop_reason != "cancelled" and self._is_missed(picture):
                        self._unsaid.append(recipe)
            finally:
                if not any(map(self._is_missed, unsettled)):
                    self._sum_up()
            mark = await asyncio.to_thread(self._housekeeping.keep, settled, self._seen)
            if mark:
                self._remember(mark)
            return self._settling.pause if unsettled else None

    async def _prime(self) -> None:
        """Read the memory; where it is new, remember what lies there already."""
        last = ""
        statement = "SELECT mark FROM seen WHERE mark > ? ORDER BY mark LIMIT ?"
        while marks := [row["mark"] for row in self._database.read(statement, (last, AT_ONCE))]:
            self._seen.update(marks)
            last = marks[-1]
            await asyncio.sleep(0)
        if PRIMED not in self._seen:
            old = await asyncio.to_thread(self._pictures.all)
            await self._remember_all(old)
            self._remember(PRIMED)

    def _look(self) -> tuple[list[Found], list[Found]]:
        """New pictures that are whole, the oldest first; and those that may soon be."""
        unseen = [each for each in self._pictures.changed() if each.mark not in self._seen]
        if self._missed is None:
            old = (each for each in unseen if each.status.st_mtime < STARTED)
            self._missed = frozenset(each.mark for each in old)
        unseen.sort(key=lambda each: each.status.st_mtime_ns)
        self._settling.remote = self._watch.remote
        self._settling.keep([str(each.path) for each in unseen])
        settled, unsettled = [], []
        for picture in unseen:
            if self._settling.settled(str(picture.path), picture.status):
                settled.append(picture)
            else:
                self._pictures.look_again(picture)
                unsettled.append(picture)
        return settled, unsettled

    async def _without_archive(self, pictures: Sequence[Found]) -> Sequence[Found]:
        """Those to be announced: not a crowd of old ones, which is remembered at once."""
        old = [each for each in pictures if time.time() - each.status.st_mtime > OLD]
        if len(old) <= CROWD:
            return pictures
        await self._remember_all(old)
        log.info("%d old pictures came at once: not announced", len(old))
        return [each for each in pictures if each.mark not in self._seen]

    async def _try_to_meet(self, picture: Found) -> Recipe | None:
        """No picture may silence the others, whatever is in it."""
        beat()
        try:
            return await self._meet(picture)
        except QueueError:
            self._pictures.look_again(picture)
            raise
        except OSError as error:  # gone, or the machine is short of something: looked at again
            self._pictures.look_again(picture)
            log.debug("%r waits: %s", picture.path.name, error)
        except Exception:
            log.exception("%r is not announced", picture.path.name)
            self._remember(picture.mark)
        return None

    async def _meet(self, picture: Found) -> Recipe | None:
        """Publish a picture of ours that was not known; returns its recipe then.

        Of the unknown words the recipe has those that nobody was told of.
        """
        found = await asyncio.to_thread(_read, picture.path)
        if found is None:  # somebody else's picture
            self._remember(picture.mark)
            return None
        recipe, identity = found
        # A contact sheet shows pictures that were told of.
        is_new = identity not in self._seen and recipe.variations <= 1
        if is_new:  # before it is remembered: whatever ends this, the picture is met again
            recipe = replace(recipe, unknown=await asyncio.to_thread(_untold, recipe))
        self._remember(picture.mark, identity)
        if not is_new:
            return None
        log.info("%r appeared in the gallery", picture.path.name)
        self._bus.publish(
            "picture",
            picture=str(picture.path),
            prompt=recipe.prompt,
            job=recipe.job,
            stop_reason=recipe.stop_reason,
            unknown=recipe.unknown,
            missed=self._is_missed(picture),
        )
        return recipe

    def _is_missed(self, picture: Found) -> bool:
        return self._missed is not None and picture.mark in self._missed

    def _sum_up(self) -> None:
        missed, self._unsaid = self._unsaid, []
        if missed:
            self._bus.publish(
                "pictures.missed",
                count=len(missed),
                prompts=len({each.prompt for each in missed}),
                prompt=missed[-1].prompt,
                unknown=missed[-1].unknown,
            )

    async def _remember_all(self, pictures: Sequence[Found]) -> None:
        for start in range(0, len(pictures), AT_ONCE):
            self._remember(*(each.mark for each in pictures[start : start + AT_ONCE]))
            await asyncio.sleep(0)

    def _remember(self, *marks: str) -> None:
        rows = [(mark,) for mark in marks]
        statement = "INSERT OR IGNORE INTO seen VALUES (?)"
        self._database.write(lambda database: database.executemany(statement, rows))
        self._seen.update(marks)


def _untold(recipe: Recipe) -> tuple[str, ...]:
    """The unknown words that were not told of when the picture was asked for; of a file all."""
    if not (recipe.job or "").startswith((TURN, ORDER)):
        return recipe.unknown
    try:
        told = {word.lower() for word in foresee(parse(recipe.prompt), recipe.settings).unknown}
    except Exception:
        log.exception("what was foretold of a picture is not known")
        return recipe.unknown
    return tuple(word for word in recipe.unknown if word.lower() not in told)


def _read(path: Path) -> tuple[Recipe, str] | None:
    """The recipe, if there is one, and what tells its picture from others. Raises OSError."""
    recipe = recipe_in(path, decode=True)
    if recipe is None:
        return None
    if recipe.job:  # one cancelled may be asked for again, and then have a picture after all
        cancelled = "cancelled-" if recipe.stop_reason == "cancelled" else ""
        return recipe, f"{cancelled}job-{recipe.job}"
    with path.open("rb") as file:
        return recipe, f"content-{hashlib.file_digest(file, 'sha256').hexdigest()}"

"""The inbox: prompt files dropped there become jobs, each exactly once.

Files are claimed in batches (claims.py); once all jobs of a file are in the durable queue it goes
to ``done/``, and a file that cannot be painted goes to ``failed/`` with its reason beside it.
While the queue refuses, files stay where they are, in their order. All work on the files is done
in a thread, and between two batches the event loop breathes.
"""

import asyncio
import heapq
import logging
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from mused.daemon.config import Folders
from mused.daemon.errors import QueueError
from mused.daemon.events import Bus
from mused.daemon.folders.claims import UNFORESEEN, Claim, Claims, entries, shown
from mused.daemon.folders.passed_over import prompt_files_in_folders
from mused.daemon.folders.retention import prune_done
from mused.daemon.folders.settling import Settling, is_finished_name
from mused.daemon.folders.watch import RETRY, SCAN_EVERY, Watch, keep_scanning
from mused.daemon.health import beat
from mused.daemon.jobs.queue import Wish

log = logging.getLogger(__name__)

BATCH = 100  # files claimed at once
MOST_WISHES = 100  # prompts queued in one transaction, or those of one file
MOST_LOOKED_AT = 20_000  # files, the oldest first; the others wait for the next scan
MOST_NAMED = 3  # files or folders, of those that wait
TIDY_EVERY = 6 * 3600.0  # seconds


class Submit(Protocol):
    """Queues prompts durably, all or none, as `Runner.submit_many` does; raises QueueError."""

    def __call__(self, wishes: Sequence[Wish]) -> object:
        """Queue them; a key that has a job already is passed over."""
        ...


class Inbox:
    """Watches the inbox; `run` is its one task, `scan` may be awaited from anywhere."""

    def __init__(self, folders: Folders, state: Path, submit: Submit, bus: Bus) -> None:
        self._folder = folders.inbox
        self._keep_days = folders.keep_done_days
        self._submit = submit
        self._bus = bus
        self._watch = Watch(folders.inbox, folders.poll)
        self._claims = Claims(folders.inbox, folders.gallery, state)
        self._settling = Settling()
        self._scanning = asyncio.Lock()
        self._present = 0  # files in the inbox itself
        self._held = 0  # files that are claimed and have to wait
        self._stuck: dict[str, str] = {}
        self._refusing: str | None = None
        self._strangers: dict[str, int] = {}
        self._passed_over: dict[str, str] = {}
        """The first prompt file in each folder that has some, by the folder's name."""
        self._looked_inside = -SCAN_EVERY
        self._tidied = -TIDY_EVERY

    async def run(self) -> None:
        """Take files until cancelled."""
        await keep_scanning("the inbox", self._watch, self.scan)

    def status(self) -> str:
        """The folder, and what waits there for which reason."""
        words = [self._watch.status()]
        if self._refusing:
            words.append(f"{self._present + self._held} files wait: {self._refusing}")
        words += [
            f"{name!r} waits: {reason}" for name, reason in list(self._stuck.items())[:MOST_NAMED]
        ]
        words += [self._of_folder(name) for name in list(self._passed_over)[:MOST_NAMED]]
        words += [_of_strangers(self._strangers)] if self._strangers else []
        return "; ".join(words)

    async def scan(self) -> float | None:
        """Take every settled file; returns seconds after which another look is due, if any.

        Raises OSError when the folder itself cannot be made or read.
        """
        async with self._scanning:
            await self._watch.ensure()
            await asyncio.to_thread(self._claims.prepare)
            await self._tidy()
            before, self._refusing = self._refusing, None
            self._held = 0
            for batch in await asyncio.to_thread(self._claims.left):  # of a scan cut short
                self._held += await self._take(batch)
            settled, all_settled = await asyncio.to_thread(self._look)
            await self._take_new(settled)
            await self._tell_passed_over()
            if self._refusing and not before:
                log.warning("%d files wait: %s", self._present + self._held, self._refusing)
            if not all_settled:
                return self._settling.pause
            return RETRY if self._held or self._refusing else None

    async def _take_new(self, names: Sequence[str]) -> None:
        for start in range(0, len(names), BATCH):
            if self._refusing:
                return
            some = names[start : start + BATCH]
            batch, refused = await asyncio.to_thread(self._claims.claim, some)
            for name in refused.keys() - self._stuck.keys():
                log.warning("%r cannot be claimed: %s", name, refused[name])
            self._stuck |= refused
            self._present -= len(some) - len(refused)
            self._held += await self._take(batch)

    async def _tell_passed_over(self) -> None:
        """Say once of each folder that its prompt files are not taken; not at every stir."""
        if time.monotonic() - self._looked_inside < SCAN_EVERY:
            return
        self._looked_inside = time.monotonic()
        before = self._passed_over
        self._passed_over = await asyncio.to_thread(prompt_files_in_folders, self._folder)
        for name in self._passed_over.keys() - before.keys():
            log.warning("%s", self._of_folder(name))

    def _of_folder(self, name: str) -> str:
        return (
            f"prompt files in the folder {name!r}, such as {self._passed_over[name]!r}, are not "
            f"taken: move them into {self._folder} itself"
        )

    def _look(self) -> tuple[list[str], bool]:
        """The names of whole files, and whether there are no others."""
        found = heapq.nsmallest(MOST_LOOKED_AT, self._listed())
        self._settling.remote = self._watch.remote
        places = {name: f"{self._folder}/{name}" for _, _, name, _ in found}
        self._settling.keep(places.values())
        self._stuck = {name: self._stuck[name] for stuck, _, name, _ in found if stuck}
        settled = [
            name for _, _, name, status in found if self._settling.settled(places[name], status)
        ]
        return settled, len(settled) == self._present

    def _listed(self) -> Iterator[tuple[bool, int, str, os.stat_result]]:
        """Files to be taken, to be sorted: the oldest first, what cannot be claimed last."""
        self._present = 0
        for changed, name, status in entries(self._folder, is_finished_name):
            self._present += 1
            yield name in self._stuck, changed, name, status

    async def _take(self, batch: Path) -> int:
        """Queue what the files of a batch ask for; returns how many have to wait."""
        beat()
        claims = []
        for group in _groups(await asyncio.to_thread(self._claims.read, batch)):
            claims += self._queue(group)
            await asyncio.sleep(0)
        waiting = await asyncio.to_thread(self._put_away, batch, claims)
        for claim in claims:
            if claim.refusal and claim not in waiting:
                name = shown(claim.path.name)
                self._bus.publish("inbox.refused", file=name, reason=claim.refusal)
        return len(waiting)

    def _queue(self, claims: Sequence[Claim]) -> list[Claim]:
        """Queue what they ask for in one transaction, or in one for each if that fails."""
        try:
            if not self._refusing:
                self._submit([wish for claim in claims for wish in claim.wishes()])
                return list(claims)
        except Exception:  # noqa: BLE001 - each one says what was wrong with it
            log.debug("a batch is queued file by file")
        return [self._queue_one(claim) if claim.requests else claim for claim in claims]

    def _queue_one(self, claim: Claim) -> Claim:
        try:
            if not self._refusing:
                self._submit(claim.wishes())
        except QueueError as error:
            self._refusing = str(error)  # those behind it wait as well, to keep their order
        except Exception:  # one file must never keep the others waiting
            log.exception("%r cannot be queued", claim.path.name)
            return replace(claim, requests=(), refusal=UNFORESEEN)
        return replace(claim, trouble=self._refusing)

    def _put_away(self, batch: Path, claims: Sequence[Claim]) -> list[Claim]:
        """Move files where they belong; returns those that have to wait."""
        waiting = [claim for claim in claims if claim.trouble]
        for claim in claims:
            if claim.trouble and not claim.requests:
                log.warning("%r cannot be read just now: %s", claim.path.name, claim.trouble)
            try:
                if claim.refusal:
                    self._claims.refuse(claim.path, claim.refusal)
                    # The reason may quote the prompt, which is nothing for a log.
                    log.warning("%r refused: a note beside it in failed/ says why", claim.path.name)
                    log.debug("%r refused: %s", claim.path.name, claim.refusal)
                elif not claim.trouble:
                    self._claims.done(claim.path)
            except FileNotFoundError:
                log.debug("%r is gone", claim.path.name)
            except OSError as error:
                waiting.append(claim)
                log.warning("%r waits in work/: %s", claim.path.name, error)
        self._claims.drop(batch)
        taken = [claim for claim in claims if claim.requests and claim not in waiting]
        if taken:
            prompts = sum(len(claim.requests) for claim in taken)
            log.info("prompt files taken: %d, prompts queued: %d", len(taken), prompts)
        return waiting

    async def _tidy(self) -> None:
        """Now and then: forget what was done long ago, look after what others left."""
        if time.monotonic() - self._tidied < TIDY_EVERY:
            return
        self._tidied = time.monotonic()
        if self._keep_days:
            await asyncio.to_thread(prune_done, self._folder, self._keep_days)
        before, self._strangers = self._strangers, await asyncio.to_thread(self._claims.strangers)
        if self._strangers and self._strangers != before:
            log.warning("%s", _of_strangers(self._strangers))


def _groups(claims: Sequence[Claim]) -> Iterator[list[Claim]]:
    """Claims in their order, with no more prompts together than one transaction should take."""
    group: list[Claim] = []
    prompts = 0
    for claim in claims:
        if group and prompts + len(claim.requests) > MOST_WISHES:
            yield group
            group, prompts = [], 0
        group.append(claim)
        prompts += len(claim.requests)
    if group:
        yield group


def _of_strangers(strangers: dict[str, int]) -> str:
    found = ", ".join(f"{count} in work/{name}" for name, count in strangers.items())
    words = f"files that another mused claimed more than a day ago: {found}"
    return f"{words}; move them back to the inbox if that one is gone for good"

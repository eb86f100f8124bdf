"""Folders inside the inbox that hold prompt files, which wait there in vain.

Such folders are for the pictures that prompt files name. What else lies in them is not touched:
it may be captions, or somebody's notes. But who copied a folder of prompts there has to hear of it.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from mused.daemon.config import INBOX_FOLDERS
from mused.daemon.folders.claims import shown
from mused.daemon.folders.prompt_file import SUFFIXES
from mused.daemon.folders.settling import is_finished_name

MOST_FOLDERS = 100  # in the inbox
MOST_LOOKED_AT = 1000  # in each, files and folders: it may be somebody's whole collection


def prompt_files_in_folders(inbox: Path) -> dict[str, str]:
    """Return a prompt file of each folder in the inbox that has some; links are not followed.

    By the folder's name; the file's begins inside the folder. Raises OSError.
    """
    with os.scandir(inbox) as found:
        names = sorted(
            entry.name
            for entry in found
            if entry.is_dir(follow_symlinks=False)
            and entry.name not in INBOX_FOLDERS
            and is_finished_name(entry.name)
        )
    first = {name: next(_prompt_files(inbox / name), None) for name in names[:MOST_FOLDERS]}
    return {shown(name): shown(file) for name, file in first.items() if file is not None}


def _prompt_files(folder: Path) -> Iterator[str]:
    for entry in islice(_within(folder), MOST_LOOKED_AT):
        if Path(entry.name).suffix.lower() in SUFFIXES and not entry.is_dir():
            yield os.path.relpath(entry.path, folder)


def _within(folder: Path) -> Iterator["os.DirEntry[str]"]:
    """What lies in `folder` and in the folders below, one by one; hidden and unfinished not."""
    folders = [str(folder)]
    while folders:
        with suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                if is_finished_name(entry.name):
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    yield entry

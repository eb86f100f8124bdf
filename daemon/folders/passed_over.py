"""Folders inside the inbox that hold prompt files, which wait there in vain.

Such folders are for the pictures that prompt files name. What else lies in them is not touched:
it may be captions, or somebody's notes. But who copied a folder of prompts there has to hear of it.
"""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from mused.daemon.config import INBOX_FOLDERS
from mused.daemon.folders.claims import shown
from mused.daemon.folders.prompt_file import SUFFIXES
from mused.daemon.folders.settling import is_finished_name

MOST_LOOKED_AT = 1000  # files of a folder: it may be somebody's whole collection of pictures


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
    first = {name: next(_prompt_files(inbox / name), None) for name in names}
    return {shown(name): shown(file) for name, file in first.items() if file is not None}


def _prompt_files(folder: Path) -> Iterator[str]:
    files = (Path(place, name) for place, _, names in os.walk(folder) for name in names)
    for file in islice(files, MOST_LOOKED_AT):
        if file.suffix.lower() in SUFFIXES and is_finished_name(file.name):
            yield str(file.relative_to(folder))

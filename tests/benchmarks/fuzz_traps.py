"""Cases that do what none may, to see that it is seen; quick to import."""

import os
import socket
import subprocess
from pathlib import Path
from random import Random

from benchmarks.fuzz.kinds import Limits
from mused.art.errors import PictureError


class Traps:
    """A kind whose cases do what none may; a file holds which."""

    may_run = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self, random: Random) -> tuple[bytes, str]:
        return b"refuse", ".txt"

    def attempt(self, path: Path) -> None:  # noqa: C901 - one trap after the other
        match path.read_text():
            case "refuse":
                raise PictureError("no picture")
            case "unreadable":
                raise PictureError("no \x1b[2J picture")
            case "crash":
                raise KeyError("x")
            case "die":
                os.abort()
            case "hang":
                while True:
                    pass
            case "grow":
                self.kept = bytearray(100 * 2**20)
            case "too much":
                try:
                    self.kept = bytearray(4000 * 2**20)
                except MemoryError as error:
                    raise PictureError("no memory") from error
            case "write":
                (self.folder.parent / "outside").write_text("x")
            case "hidden write":
                try:
                    (self.folder.parent / "outside").write_text("x")
                except OSError as error:
                    raise PictureError("cannot be read") from error
            case "here":
                (Path.cwd() / "went-off").touch()
            case "run":
                subprocess.run(["true"], check=False)
            case "connect":
                socket.create_connection(("127.0.0.1", 9), timeout=1)


TRAPS = Limits("tests.benchmarks.fuzz_traps:Traps", seconds=1.0, mib=50, address_mib=1000)

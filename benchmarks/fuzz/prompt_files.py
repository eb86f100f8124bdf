"""Files dropped into the inbox."""

import json
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.fuzz.mutate import damaged
from benchmarks.fuzz.prompts import Prompts
from benchmarks.fuzz.values import changed
from mused.art.settings import Settings
from mused.daemon.folders.prompt_file import LARGEST, read_requests

TABLE: dict[str, Any] = {
    "prompt": "a red boat:2 | fog:-0.5", "size": "256x192", "steps": 30, "seed": 7,
    "start": "noise", "learning_rate": 0.1, "optimiser": "adamw", "cutouts": 8, "anchor": 0.5,
    "anchor_fade": 0.5, "total_variation": 1.0, "average": 0.9, "patience": 20, "sweep": 2,
    "progressive": 0.5, "image_prompts": [["PLACE/sea.png", 0.5]],
}  # fmt: skip
SUFFIXES = (".txt", ".toml", ".toml", ".toml", ".TXT", ".json", "")


class PromptFiles:
    """Text with a prompt a line, and TOML."""

    may_run = False

    def __init__(self, folder: Path) -> None:
        self.place = folder / "pictures"
        self.place.mkdir(exist_ok=True)
        (self.place / "sea.png").write_bytes(b"")
        (self.place / "link.png").unlink(missing_ok=True)
        (self.place / "link.png").symlink_to("/etc/passwd")
        self.prompts = Prompts(folder)

    def make(self, random: Random) -> tuple[bytes, str]:
        """Return the content of a prompt file."""
        if random.random() < 0.4:
            lines = [self.prompts.make(random)[0] for _ in range(random.choice((1, 2, 5, 120)))]
            content = random.choice((b"\n", b"\r\n", b"\r", b"\n\n# ")).join(lines)
        else:
            content = "\n".join(_entries(changed(TABLE, random), random)).encode(
                "utf-8", "surrogatepass"
            )
            content = content.replace(b"PLACE", str(self.place).encode())
        if random.random() < 0.3:
            content = damaged(content, random)
        if random.random() < 0.02:
            content += b"#" * (LARGEST + random.choice((-len(content), 1)))
        return content, random.choice(SUFFIXES)

    def attempt(self, path: Path) -> None:
        """Read it as the inbox does; what it asks for must be settings."""
        for request in read_requests(path, path.name, (self.place,)):
            request.prompt.encode()
            settings = Settings.read(json.loads(json.dumps(request.settings)))
            for picture, _ in settings.image_prompts:
                assert picture == self.place / "sea.png", f"{picture} is none of its pictures"


def _entries(table: Any, random: Random) -> list[str]:
    """Return a table as lines of TOML, as far as it is one."""
    if not isinstance(table, dict):
        return [f"prompt = {_toml(table)}"]
    lines = []
    for name, value in table.items():
        key = name if name.isidentifier() and name.isascii() else json.dumps(name)
        if isinstance(value, dict) and random.random() < 0.5:
            lines += [f"[{key}]", *_entries(value, random)]
        else:
            lines.append(f"{key} = {_toml(value)}")
    return lines


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        inner = ", ".join(f"{json.dumps(k)} = {_toml(v)}" for k, v in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, float) and value != value:
        return "nan"
    return json.dumps(value, ensure_ascii=False).replace("Infinity", "inf")

"""Which file system a folder is on."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

REMOTE = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "virtiofs"}
"""Types of file systems whose changes are made by other machines, out of this kernel's sight."""
REMOTE_FUSE = {"fuse.sshfs", "fuse.rclone", "fuse.glusterfs", "fuse.s3fs", "fuse.davfs"}

_OCTAL = re.compile(r"\\([0-7]{3})")  # how spaces and backslashes are written there


@dataclass(frozen=True)
class Mount:
    """A mounted file system."""

    folder: Path
    kind: str

    @property
    def is_remote(self) -> bool:
        """Whether others change it unseen, so that only looking again finds what is new."""
        return self.kind in REMOTE | REMOTE_FUSE


def mount_of(folder: Path) -> Mount:
    """The file system of `folder`, which exists; of the kind "unknown" where /proc is missing."""
    real = Path(os.path.realpath(folder))
    found = Mount(Path("/"), "unknown")
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return found
    for line in lines.splitlines():
        # proc_pid_mountinfo(5): … root place options [optional…] - type source …
        before, _, after = line.partition(" - ")
        place = Path(_OCTAL.sub(lambda found: chr(int(found[1], 8)), before.split(" ")[4]))
        if real.is_relative_to(place) and len(place.parts) >= len(found.folder.parts):
            found = Mount(place, after.split(" ")[0])
    return found

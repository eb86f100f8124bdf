"""Which file system a folder is on."""

import ctypes
import os
import re
from dataclasses import dataclass
from pathlib import Path

REMOTE = {
    "nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "9p", "afs", "ceph", "coda", "lustre", "gfs2",
    "ocfs2", "virtiofs", "vboxsf", "vmhgfs", "prl_fs", "ncpfs",
}  # fmt: skip
"""Types of file systems whose changes are made by other machines, out of this kernel's sight."""
LOCAL_FUSE = ("fuse.gocryptfs", "fuse.encfs", "fuse.cryfs", "fuse.mergerfs", "fuse.ntfs-3g")
"""All other "fuse.NAME" may be sshfs, rclone, glusterfs, davfs …; disks are "fuseblk"."""
MAGIC = {
    0x6969: "nfs",
    0x517B: "smbfs",
    0xFF534D42: "cifs",
    0xFE534D42: "smb2",
    0x01021997: "9p",
    0x65735546: "fuse",
    0x5346414F: "afs",
    0x00C36400: "ceph",
    0x786F4256: "vboxsf",
}
"""Types by statfs(2), for where /proc is hidden."""

_OCTAL = re.compile(r"\\([0-7]{3})")  # how spaces and backslashes are written there


@dataclass(frozen=True)
class Mount:
    """A mounted file system."""

    folder: Path
    kind: str

    @property
    def is_remote(self) -> bool:
        """Whether others change it unseen, so that only looking again finds what is new."""
        network_fuse = self.kind.split(".")[0] == "fuse" and self.kind not in LOCAL_FUSE
        return self.kind in REMOTE or network_fuse


def mount_of(folder: Path) -> Mount:
    """The file system of `folder`, which exists; "unknown" where neither /proc nor statfs tells."""
    real = Path(os.path.realpath(folder))
    found = Mount(Path("/"), "unknown")
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return Mount(real, _kind_by_statfs(real))
    for line in lines.splitlines():
        # proc_pid_mountinfo(5): … root place options [optional…] - type source …
        before, _, after = line.partition(" - ")
        place = Path(_OCTAL.sub(lambda found: chr(int(found[1], 8)), before.split(" ")[4]))
        if real.is_relative_to(place) and len(place.parts) >= len(found.folder.parts):
            found = Mount(place, after.split(" ")[0])
    return found


def _kind_by_statfs(folder: Path) -> str:
    """The type that the first word of statfs(2)'s answer names, as far as it matters here."""
    answer = ctypes.create_string_buffer(512)
    if ctypes.CDLL(None).statfs(os.fsencode(folder), answer) != 0:
        return "unknown"
    return MAGIC.get(ctypes.c_ulong.from_buffer(answer).value & 0xFFFFFFFF, "unknown")

"""Checks of the folders: they can be written, there is room, and the kernel tells what stirs."""

import contextlib
import ctypes
import errno
import getpass
import os
from collections.abc import Iterator
from pathlib import Path

from mused.daemon.config import Config
from mused.daemon.doctor.check import Check, Level
from mused.daemon.folders.mounts import Mount, mount_of
from mused.daemon.paths import exists
from mused.daemon.web.address import LONGEST

_LITTLE = 1_000_000_000  # bytes free below which pictures and frames may soon not fit
_NONE = 100_000_000
_FEW = 1000  # files that can still be made
_INOTIFY = Path("/proc/sys/fs/inotify")
_NO_NAMELESS_FILES = (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT)


def folders(config: Config) -> list[Check]:
    """Every folder can be written or made, and there is room in it."""
    wanted = {
        "inbox": config.folders.inbox,
        "gallery": config.folders.gallery,
        "state": config.state,
    }
    found = [_folder(name, folder) for name, folder in wanted.items()]
    return [*found, *_one_disk(config.folders.inbox), _socket(config.control.socket)]


def _folder(name: str, folder: Path) -> Check:
    existing = next(each for each in (folder, *folder.absolute().parents) if exists(each))
    if not existing.is_dir():
        return Check(name, "failure", f"{existing} is a file", f"move it, or set another {name}")
    if refusal := _refusal(existing):
        step = f"give {getpass.getuser()} the right to write there, or set another {name}"
        if refusal in (errno.ENOSPC, errno.EDQUOT):
            step = "free some space"
        elif refusal == errno.EROFS:
            step = f"mount it writable, or set another {name}"
        words = os.strerror(refusal)
        return Check(name, "failure", f"{existing} is not writable: {words}", step)
    return _room(name, folder, mount_of(existing))


def _refusal(folder: Path) -> int:
    """The error number of writing into `folder`, 0 if it can be. Leaves nothing there.

    A file without a name is never seen by anyone, and gone when it is closed.
    """
    try:
        nameless = os.open(folder, os.O_TMPFILE | os.O_WRONLY, 0o600)
    except OSError as error:
        if error.errno not in _NO_NAMELESS_FILES:  # network file systems have none
            return error.errno or errno.EIO
        return 0 if os.access(folder, os.W_OK | os.X_OK) else errno.EACCES
    try:
        os.write(nameless, bytes(4096))
        os.fsync(nameless)
    except OSError as error:
        return error.errno or errno.EIO
    finally:
        os.close(nameless)
    return 0


def _room(name: str, folder: Path, mount: Mount) -> Check:
    usage = os.statvfs(mount.folder)
    free = usage.f_bavail * usage.f_frsize
    found = f"{folder}, {free / 1e9:.1f} GB free, {mount.kind}"
    if not exists(folder):
        found += ", will be made"
    if usage.f_files and usage.f_favail < _FEW:
        words = f"{found}, only {usage.f_favail} further files fit (inodes)"
        return Check(name, "failure", words, "delete files that nobody needs")
    if free < _LITTLE:
        level: Level = "failure" if free < _NONE else "warning"
        return Check(name, level, found, "free some space")
    if mount.is_remote and name == "state":
        step = "set `state` to a folder on a disk of this machine: SQLite needs reliable locks"
        return Check(name, "warning", found, step)
    if mount.is_remote:
        found += ": over a network the kernel tells nothing, so it is looked at regularly"
    return Check(name, "ok", found)


def _one_disk(inbox: Path) -> list[Check]:
    """A claim is a rename, which no two file systems can share."""
    parts = [inbox / name for name in ("work", "done", "failed")]
    there = [each for each in parts if exists(each)]
    away = [each for each in there if each.stat().st_dev != inbox.stat().st_dev]
    if not away:
        return []
    words = f"{', '.join(map(str, away))} is on another file system than {inbox}"
    return [Check("inbox parts", "failure", words, "make it a plain folder in the inbox")]


def _socket(path: Path) -> Check:
    name = "control socket"
    if len(os.fsencode(path)) > LONGEST:
        words = f"{path} is longer than the {LONGEST} bytes of a unix socket's path"
        return Check(name, "failure", words, "set [control] socket to a shorter path")
    parent = next(each for each in path.parents if exists(each))
    if refusal := _refusal(parent):
        step = f"give {getpass.getuser()} the right to write there, or set [control] socket"
        return Check(name, "failure", f"{parent}: {os.strerror(refusal)}", step)
    if exists(path) and (mode := path.stat().st_mode & 0o077):
        words = f"{path} is open to others (mode {mode:03o})"
        return Check(name, "warning", words, "restart mused, which makes it its user's own")
    return Check(name, "ok", str(path))


def inotify(config: Config) -> list[Check]:
    """The kernel lets one more program watch a folder."""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.inotify_init1(os.O_CLOEXEC)
    if descriptor < 0:
        return [_used_up("instance", ctypes.get_errno())]
    try:
        if libc.inotify_add_watch(descriptor, b"/", 0x100) < 0:
            return [_used_up("watch", ctypes.get_errno())]
    finally:
        os.close(descriptor)
    instances, watches = _in_use()
    found = (
        f"{instances} of {_limit('max_user_instances')} instances, "
        f"{watches} of {_limit('max_user_watches')} watches in use"
    )
    return [Check("inotify", "ok", found)]


def _used_up(what: str, number: int) -> Check:
    limit = {"instance": "max_user_instances", "watch": "max_user_watches"}[what]
    words = f"no further {what}: {os.strerror(number)}; the limit is {_limit(limit)}"
    step = f"sudo sysctl fs.inotify.{limit}={max(512, 2 * _limit(limit))}"
    return Check("inotify", "failure", f"{words}; folders are looked at every 30 s only", step)


def _limit(name: str) -> int:
    return int((_INOTIFY / name).read_text(encoding="ascii"))


def _in_use() -> tuple[int, int]:
    """Instances and watches of all processes of this user that can be looked into."""
    watches = [
        count
        for process in Path("/proc").glob("[0-9]*")
        if _is_ours(process)
        for count in _watches_of(process)
    ]
    return len(watches), sum(watches)


def _is_ours(process: Path) -> bool:
    with contextlib.suppress(OSError):
        return process.stat().st_uid == os.getuid()
    return False


def _watches_of(process: Path) -> Iterator[int]:
    """The number of watches of each instance that a process has."""
    with contextlib.suppress(OSError):  # ended meanwhile, or not ours to look into
        for each in list((process / "fd").iterdir()):
            with contextlib.suppress(OSError):
                if str(each.readlink()) == "anon_inode:inotify":
                    yield (process / "fdinfo" / each.name).read_text().count("inotify wd:")

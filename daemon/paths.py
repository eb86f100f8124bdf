"""Where things lie: systemd's directories first, else the XDG ones."""

import os
import stat
from pathlib import Path

import platformdirs

APP = "mused"


def _systemd(variable: str) -> Path | None:
    value = os.environ.get(variable, "").split(":")[0]
    return Path(value) if value else None


def config_files() -> list[Path]:
    """Candidates for the configuration file, the first existing one is read."""
    service = _systemd("CONFIGURATION_DIRECTORY")
    folders = [service] if service else [platformdirs.user_config_path(APP), Path("/etc/mused")]
    return [folder / "mused.toml" for folder in folders]


def state() -> Path:
    """Job database and checkpoints."""
    return _systemd("STATE_DIRECTORY") or platformdirs.user_state_path(APP)


def models() -> Path:
    """Models that were pulled or imported; a service keeps them with its state."""
    service = _systemd("STATE_DIRECTORY")
    return service / "models" if service else platformdirs.user_data_path(APP) / "models"


def runtime() -> Path:
    """The control socket; without a session's own runtime folder it lies with the state.

    Su and sudo leave that of another user in the environment.
    """
    session = os.environ.get("XDG_RUNTIME_DIR", "")
    place = Path(session) / APP if _is_own(session) else state() / "run"
    return _systemd("RUNTIME_DIRECTORY") or place


def _is_own(folder: str) -> bool:
    try:
        status = Path(folder).stat()
    except OSError:
        return False
    return bool(folder) and stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()


def pictures() -> Path:
    """The gallery's default place; a service keeps it with its state."""
    service = _systemd("STATE_DIRECTORY")
    return service / "gallery" if service else platformdirs.user_pictures_path() / APP


def inbox() -> Path:
    """The inbox's default place, beside the gallery."""
    service = _systemd("STATE_DIRECTORY")
    return service / "inbox" if service else platformdirs.user_documents_path() / APP / "inbox"


def exists(path: Path) -> bool:
    """Whether it does, as far as this user may see."""
    try:
        return path.exists()
    except OSError:  # in a folder that is shut to us
        return False

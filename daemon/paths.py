"""Where things lie: systemd's directories first, else the XDG ones."""

import os
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
    """The control socket; without a session's own runtime folder it lies with the state."""
    if os.environ.get("XDG_RUNTIME_DIR"):
        return _systemd("RUNTIME_DIRECTORY") or platformdirs.user_runtime_path(APP)
    return _systemd("RUNTIME_DIRECTORY") or state() / "run"


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

"""The user service, under the systemd of a user who lingers and never logged in."""

from typing import Any

SOUND = """[Service]
Environment=PULSE_SERVER=unix:/run/room/native ALSA_CONFIG_PATH=/run/room/alsa.conf
Environment=PULSE_COOKIE=/tmp/cookie PULSE_RUNTIME_PATH=/tmp
"""


def test_the_user_service_hears_and_outlives_the_login(bare: Any) -> None:
    bare.run("useradd", "--create-home", "ann")
    bare.run("loginctl", "enable-linger", "ann")
    number = bare.run("id", "-u", "ann")

    def as_ann(*command: str, check: bool = True) -> str:
        place = [f"XDG_RUNTIME_DIR=/run/user/{number}", "HOME=/home/ann", "USER=ann"]
        who = ["setpriv", "--reuid", "ann", "--regid", "ann", "--init-groups"]
        return str(bare.run(*who, "env", *place, *command, check=check))

    shown = ("systemctl", "--user", "show-environment")
    bare.until(lambda: "PATH=" in as_ann(*shown, check=False))  # her systemd has started
    bare.write("/home/ann/.config/systemd/user/mused.service.d/sound.conf", SOUND)
    bare.run("chown", "-R", "ann:ann", "/home/ann")
    installed = as_ann("/opt/mused/bin/mused", "service", "install")
    assert "loginctl enable-linger ann" in installed

    def status() -> str:
        return as_ann("/opt/mused/bin/mused", "service", "status", check=False)

    bare.until(lambda: "says:       listening" in status())
    assert "active (running)" in status()
    assert "lingering:  yes" in status()
    as_ann("/opt/mused/bin/mused", "service", "uninstall")
    assert "not installed as a service" in status()

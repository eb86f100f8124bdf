"""A server without any sound: no device at all, and what is put into its inbox is painted."""

from typing import Any


def test_installed_as_an_inbox_only_server(bare: Any) -> None:
    bare.mused("service", "install", "--system", "--drop-in", "inbox-only")
    bare.until(lambda: bare.show("StatusText").startswith("not listening: switched off"), 20)
    assert bare.show("PrivateDevices") == "yes"
    assert float(bare.run("systemd-analyze", "security", "mused").split()[-3]) <= 1.5
    groups = bare.run("grep", "Groups", f"/proc/{bare.show('MainPID')}/status").split()[1:]
    assert groups == [bare.run("id", "-g", "mused")]
    bare.write("/var/lib/mused/inbox/boat.toml",
               'prompt = "a red boat"\nwidth = 64\nheight = 64\nsteps = 12\n')  # fmt: skip
    bare.until(bare.pictures)
    assert bare.job()["status"] == "done"
    _for_others(bare)
    bare.mused("service", "uninstall", "--system")
    assert bare.show("LoadState") == "not-found"
    assert len(bare.pictures()) == 2
    missing = bare.mused("service", "status", "--system", check=False)
    assert "not installed as a service" in missing


def _for_others(bare: Any) -> None:
    """As systemd/README.md says under "An inbox for others"; and a kept file that lets it hear."""
    inbox = "/srv/mused/inbox"
    bare.run("install", "-d", "-m", "3770", "-o", "mused", "-g", "mused", inbox)
    bare.write("/etc/systemd/system/mused.service.d/override.conf",
               f"[Service]\nReadWritePaths={inbox}\n")  # fmt: skip
    bare.write("/etc/mused/mused.toml",
               f'[control]\nsocket = "/run/mused/mused.sock"\n[folders]\ninbox = "{inbox}"\n'
               "[painting]\nwidth = 64\nheight = 64\nsteps = 12\n")  # fmt: skip
    said = bare.mused("service", "install", "--system", "--drop-in", "inbox-only")
    assert "/etc/mused/mused.toml was there before and lets mused hear" in said
    somebody = ("setpriv", "--reuid", "nobody", "--regid", "mused", "--clear-groups")
    bare.run(*somebody, "/bin/sh", "-c", f"umask 022 && echo a green tree >{inbox}/tree.txt")
    bare.until(lambda: len(bare.pictures()) == 2)

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
    bare.mused("service", "uninstall", "--system")
    assert bare.show("LoadState") == "not-found"
    assert len(bare.pictures()) == 1
    missing = bare.mused("service", "status", "--system", check=False)
    assert "not installed as a service" in missing

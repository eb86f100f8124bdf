"""``python -m mused``."""

from mused.daemon.commands import main

main(prog_name="mused")

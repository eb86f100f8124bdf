"""Checks of the microphone: a second is recorded, or the daemon that holds it is asked."""

import math
import time
from typing import Any

from mused.daemon.config import Config
from mused.daemon.doctor.check import Check, in_child
from mused.daemon.doctor.daemon import status_of
from mused.daemon.doctor.record import Recording

SECONDS = 1.2
QUIET = -75.0  # dBFS; even in the still of the night a good microphone hisses louder
CLIPPED = 0.001  # share of samples
OFFSET = 0.02  # of full scale
LOST = 0.1  # share of the time; blocks come a few hundredths of a second early or late
_SCRIPT = "from mused.daemon.doctor import record; record.main()"
Status = dict[str, Any]
_GAIN = "in the sound settings, `pavucontrol` or `alsamixer` (F4)"


def recording(config: Config) -> list[Check]:
    """What the microphone delivers; asks a daemon that listens instead of fighting with it."""
    before = status_of(config)
    if before is not None and before["hearing"].get("source") == "microphone":
        return [_of_the_daemon(config, before["hearing"])]
    try:
        heard = in_child(_SCRIPT, config.hearing.device, SECONDS, timeout=20)
    except RuntimeError as error:
        return [_lost(str(error))]
    return judged(Recording(**heard))


def judged(heard: Recording) -> list[Check]:
    """One finding with the figures, and one for everything that is wrong with them."""
    if heard.lost:
        return [_lost(heard.lost)]
    if heard.silent:
        step = f"unmute it {_GAIN}, or with the switch on the microphone"
        return [Check("recording", "failure", "every sample is zero: it is muted", step)]
    level = decibels(heard.rms)
    figures = f"level {level:.1f} dBFS, peak {decibels(heard.peak):.1f} dBFS"
    found = f"{figures}, {heard.heard:.1f} s of sound in {heard.wanted:.1f} s"
    return [Check("recording", "ok", found), *_complaints(heard, level)]


def _complaints(heard: Recording, level: float) -> list[Check]:
    found = []
    if level < QUIET:
        step = f"turn its gain up {_GAIN}, or set [hearing] device to the one you speak to"
        words = f"{level:.1f} dBFS is next to nothing"
        found.append(Check("recording level", "warning", words, step))
    if heard.clipped > CLIPPED:
        words = f"{heard.clipped:.1%} of the samples are cut off: words cannot be understood so"
        step = f"turn its gain down {_GAIN}, boost first"
        found.append(Check("recording clipping", "warning", words, step))
    if abs(heard.offset) > OFFSET:
        words = f"the middle lies at {heard.offset:+.1%} of full scale: silence looks like sound"
        step = "try another socket, cable or sound card; mused works, but never rests"
        found.append(Check("recording offset", "warning", words, step))
    if heard.heard < (1 - LOST) * heard.wanted:
        words = f"only {heard.heard / heard.wanted:.0%} of the sound came"
        step = "see what keeps the machine busy, or try another USB socket"
        found.append(Check("recording loss", "warning", words, step))
    return found


def decibels(amplitude: float) -> float:
    """An amplitude as a part of full scale in dBFS; the RMS of a full sine is -3."""
    return 20 * math.log10(max(amplitude, 1e-6))


def _lost(reason: str) -> Check:
    step = (
        "see that it is plugged in, not suspended (`pactl suspend-source @DEFAULT_SOURCE@ 0`) "
        "and held by no other program (`fuser -v /dev/snd/*`)"
    )
    return Check("recording", "failure", reason, step)


def _of_the_daemon(config: Config, before: Status) -> Check:
    """Whether blocks of 20 ms reach the daemon."""
    if before["state"] == "starting":
        before = _a_second_later(config, before)
    if before["state"] != "ok":
        step = "`mused status` follows it; mused goes on trying"
        words = f"mused does not hear: {before['reason'] or before['state']}"
        return Check("recording", "failure", words, step)
    began = time.monotonic()
    after = _a_second_later(config, before)
    blocks = after["blocks_heard"] - before["blocks_heard"]
    found = (
        f"held by the running mused: {blocks} blocks of 20 ms in {time.monotonic() - began:.1f} s,"
        f" {after['blocks_lost']} lost since its start; the level is measured once it is stopped"
    )
    if not blocks:
        return Check("recording", "failure", found, "see its log; a restart opens it again")
    return Check("recording", "ok", found)


def _a_second_later(config: Config, before: Status) -> Status:
    time.sleep(1.0)
    status: Status = (status_of(config) or {}).get("hearing", before)
    return status

"""The synthesizer's child: ``python -m mused.daemon.speaking.render``.

Reads JSON lines ``{"text", "voice", "rate", "volume", "path"}`` and answers each with one line,
``{}`` or ``{"error": "..."}``, either with a ``"warning"``. pyttsx3 keeps the last text and file
in its driver and loses queued phrases, so each phrase gets an engine of its own.
"""

import difflib
import json
import os
import signal
import sys
import threading
from typing import Any

from mused.daemon.child import die_with_parent

FINISH = 10.0  # seconds to wait for the end of a phrase


def main() -> None:
    """Serve until standard input ends."""
    die_with_parent()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the driver prints where our answers would go
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the daemon's to handle
    for line in sys.stdin:
        answer = json.dumps(_render(json.loads(line)))
        try:
            answers.write(answer + "\n")
            answers.flush()
        except BrokenPipeError:
            break  # the daemon is gone, nobody is left to tell
    os._exit(0)  # espeak's threads do not end politely


def _render(request: dict[str, Any]) -> dict[str, str]:
    try:
        # pyttsx3.init() would hand out the same engine again.
        from pyttsx3.engine import Engine

        engine = Engine()
    except (ImportError, OSError, RuntimeError) as error:
        return {"error": f"no speech engine, install espeak-ng: {error}"}
    answer: dict[str, str] = {}
    finished = threading.Event()

    def failed(exception: Exception, **_: Any) -> None:
        answer["error"] = str(exception)
        finished.set()

    if (voice := request["voice"]) is not None:
        known = [each.id for each in engine.getProperty("voices")]
        if voice in known:
            engine.setProperty("voice", voice)
        else:
            near = difflib.get_close_matches(voice, known, n=3, cutoff=0.4)
            answer["warning"] = f"no voice {voice!r}, using the default; near: {', '.join(near)}"
    engine.connect("error", failed)
    engine.connect("finished-utterance", lambda **_: finished.set())
    engine.setProperty("rate", request["rate"])
    engine.setProperty("volume", request["volume"])
    engine.save_to_file(request["text"], request["path"])
    engine.runAndWait()
    if not finished.wait(FINISH):
        answer["error"] = f"not finished after {FINISH:g} s"
    return answer


if __name__ == "__main__":
    main()

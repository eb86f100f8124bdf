"""``mused ask``, ``say`` and ``hear``: a typed utterance, a spoken sentence, sound files."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import click

from mused.daemon import config
from mused.daemon.commands.reach import running
from mused.daemon.errors import GoneError, NotRunningError, SpeakingError
from mused.daemon.events import Event
from mused.daemon.speaking.synthesizer import speakable
from mused.daemon.web.api import LONGEST_TEXT
from mused.daemon.web.client import Client


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.pass_context
def ask(ctx: click.Context, words: tuple[str, ...]) -> None:
    """Hand WORDS to the running daemon as if they had been said after the wake phrase."""
    text = " ".join(words)
    _check(text)
    reply = running(ctx.obj).ask(text)
    click.echo(reply.text)
    if not reply.understood:
        raise SystemExit(1)


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.pass_context
def say(ctx: click.Context, words: tuple[str, ...]) -> None:
    """Speak WORDS aloud, through the daemon when it runs."""
    text = " ".join(words)
    settings = config.load(ctx.obj)
    _check(text)
    if not speakable(text):
        raise SpeakingError("there is nothing to say in that")
    client = Client(settings.control.socket)
    try:
        events = client.events()
    except NotRunningError:
        asyncio.run(_say_alone(settings.speaking, text))
        return
    with closing(events):
        client.say(text)
        _await_said(events, text)


def _await_said(events: Iterator[Event], text: str) -> None:
    """Wait until the daemon has said it. Raises SpeakingError, with the reason, where it has not.

    What others let it say before may take its time.
    """
    for event in events:
        if event.kind != "speech.ended":
            continue
        outcome, mine = event.data["outcome"], event.data["text"] == text
        if outcome == "stopped":  # and with it everything that waited
            raise SpeakingError("not said: it was stopped")
        if mine and outcome != "said":
            raise SpeakingError(f"not said: {event.data['reason'] or 'the voice is switched off'}")
        if mine:
            return
    raise GoneError("mused ended before it had said that")


@click.command()
@click.pass_context
def mute(ctx: click.Context) -> None:
    """Have the daemon ignore all sound until `mused unmute`, also after a restart.

    What is typed is still answered, and what is dropped into the inbox still painted.
    """
    running(ctx.obj).mute(on=True)
    click.echo("muted: mused hears nothing until you type `mused unmute`")


@click.command()
@click.pass_context
def unmute(ctx: click.Context) -> None:
    """Have the daemon listen again."""
    client = running(ctx.obj)
    client.mute(on=False)
    hearing = client.status()["hearing"]
    able = hearing["state"] == "ok"
    click.echo("listening" if able else f"no longer muted, but {hearing['reason']}")


def _check(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise click.BadParameter("the text is not UTF-8: check the terminal's locale") from error
    if not text.strip():
        raise click.BadParameter("there is no text")
    if len(text) > LONGEST_TEXT:
        raise click.BadParameter(f"the text has {len(text)} characters, more than {LONGEST_TEXT}")


async def _say_alone(settings: config.Speaking, text: str) -> None:
    from mused.daemon.events import Bus
    from mused.daemon.speaking.voice import Voice

    bus = Bus()
    voice = Voice(settings, bus)
    async with bus.subscribe() as events:
        speaking = asyncio.create_task(voice.run())
        voice.say(text)
        while (event := await events.get()).kind != "speech.ended":
            pass
        speaking.cancel()
        await asyncio.wait({speaking})
    if event.data["outcome"] != "said":
        raise SpeakingError(f"not said: {event.data['reason'] or 'the voice is switched off'}")


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.pass_context
def hear(ctx: click.Context, files: tuple[Path, ...]) -> None:
    """Show each turn that mused would take on hearing FILES (WAV), one JSON object a line.

    Faster than real time, and nothing is carried out.
    """
    from mused.daemon.hearing.ears import hear_file
    from mused.daemon.hearing.model import Model
    from mused.skills.registry import load_skills
    from mused.skills.router import Router

    settings = config.load(ctx.obj)
    model = Model(settings.hearing.model)
    skills = load_skills(settings.skills).working
    router = Router(skills, settings.hearing.wake_phrases)
    for file in files:
        heard = False
        for utterance in hear_file(file, model, settings.hearing, router.expects):
            heard = True
            match = router.match(utterance)
            turn = {
                "file": str(file),
                "text": utterance.text,
                "confidence": round(utterance.confidence, 3),
                "start": round(utterance.start, 2),
                "end": round(utterance.end, 2),
                "intent": f"{match.skill}.{match.intent}" if match else None,
                "slots": dict(match.slots) if match else {},
                "words": [asdict(word) for word in utterance.words],
            }
            click.echo(json.dumps(turn))
        if not heard:
            phrases = ", ".join(settings.hearing.wake_phrases)
            click.echo(f"{file}: no turn: nobody said {phrases} and then something", err=True)

"""The control API: JSON over the daemon's unix socket, events as a stream.

    GET    /status              what runs and how it is
    POST   /utterances          {text}: as if said after the wake phrase; answers with the reply
    POST   /speech              {text}: say it aloud
    POST   /mute                {on}: ignore all sound, or listen again
    GET    /jobs                newest first
    POST   /jobs                {prompt, settings}: queue a painting; also answers with `notices`
    GET    /jobs/{id}           with its history
    DELETE /jobs/{id}           cancel
    POST   /jobs/{id}/first     {}: paint it before all others
    POST   /jobs/{id}/retry     {}: paint it after all, when it failed or was cancelled
    GET    /events              server-sent events, one for each event of the bus

Every failure is ``{"error": "words"}`` with a fitting status code.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from mused import __version__
from mused.art.errors import ArtError
from mused.art.prompt import LONGEST
from mused.daemon.errors import DaemonError
from mused.daemon.events import Bus
from mused.daemon.jobs.queue import Job, Transition
from mused.daemon.web.stream import EventStream
from mused.skills.contract import Reply

LARGEST_BODY = 64 * 1024  # bytes
LONGEST_TEXT = 2000  # characters of something said or to say
RECENT = 200  # jobs listed at most

_Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TEXT)
]
_Prompt = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]


class Control(Protocol):
    """What the API may ask of the daemon."""

    def status(self) -> Mapping[str, Any]:
        """How the daemon is, as plain data for JSON."""
        ...

    async def ask(self, text: str) -> Reply:
        """Answer a typed utterance."""
        ...

    def say(self, text: str) -> None:
        """Speak `text` when it is its turn."""
        ...

    def mute(self, *, on: bool) -> None:
        """Ignore all sound, or listen again."""
        ...

    def jobs(self) -> Sequence[Job]:
        """The newest jobs of any status, newest first."""
        ...

    def job(self, job: int) -> Job | None:
        """The job with this id."""
        ...

    def history(self, job: int) -> Sequence[Transition]:
        """What happened to a job, oldest first."""
        ...

    def submit(self, prompt: str, settings: Mapping[str, Any]) -> Job:
        """Queue a painting; raises ArtError for an unusable prompt or setting."""
        ...

    def notices(self, job: Job) -> Sequence[str]:
        """What the person should know of a new job before it is painted."""
        ...

    def cancel(self, job: int) -> bool:
        """Cancel an open job; False when it had already ended."""
        ...

    def first(self, job: int) -> bool:
        """Move a queued job to the front; False when it is not queued."""
        ...

    def retry(self, job: int) -> bool:
        """Queue a failed or cancelled job again; False when it is neither."""
        ...


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Nothing(_Body):
    pass


class _Words(_Body):
    text: _Text


class _Mute(_Body):
    on: bool


class _JobRequest(_Body):
    prompt: _Prompt
    settings: dict[str, Any] = {}


_Model = TypeVar("_Model", bound=_Body)


def as_json(job: Job) -> dict[str, Any]:
    """A job as plain data for JSON."""
    return {**asdict(job), "picture": str(job.picture) if job.picture else None}


class Api:
    """The handlers; `stream` must be closed before the server waits for its connections."""

    def __init__(self, control: Control, bus: Bus) -> None:
        self._control = control
        self.stream = EventStream(bus)

    def routes(self) -> list[BaseRoute]:
        """All routes of the API."""
        return [
            Route("/status", self._status),
            Route("/utterances", self._utterances, methods=["POST"]),
            Route("/speech", self._speech, methods=["POST"]),
            Route("/mute", self._mute, methods=["POST"]),
            Route("/jobs", self._jobs),
            Route("/jobs", self._submit, methods=["POST"]),
            Route("/jobs/{id}", self._job),
            Route("/jobs/{id}", self._cancel, methods=["DELETE"]),
            Route("/jobs/{id}/first", self._first, methods=["POST"]),
            Route("/jobs/{id}/retry", self._retry, methods=["POST"]),
            Route("/events", self.stream.respond),
        ]

    async def _status(self, request: Request) -> Response:
        return _json({"version": __version__, **self._control.status()})

    async def _utterances(self, request: Request) -> Response:
        words = await _read(request, _Words)
        return _json(asdict(await self._control.ask(words.text)))

    async def _speech(self, request: Request) -> Response:
        words = await _read(request, _Words)
        self._control.say(words.text)
        return _json({"text": words.text}, 202)

    async def _mute(self, request: Request) -> Response:
        asked = await _read(request, _Mute)
        self._control.mute(on=asked.on)
        return _json({"on": asked.on})

    async def _jobs(self, request: Request) -> Response:
        return _json([as_json(job) for job in self._control.jobs()])

    async def _submit(self, request: Request) -> Response:
        asked = await _read(request, _JobRequest)
        job = self._control.submit(asked.prompt, asked.settings)
        return _json({**as_json(job), "notices": self._control.notices(job)}, 201)

    async def _job(self, request: Request) -> Response:
        job = self._found(request)
        history = [asdict(each) for each in self._control.history(job.id)]
        return _json({**as_json(job), "history": history})

    async def _cancel(self, request: Request) -> Response:
        job = self._found(request)
        if not self._control.cancel(job.id):
            raise HTTPException(409, f"job {job.id} has already ended: it is {job.status}")
        return _json(as_json(self._found(request)))

    async def _first(self, request: Request) -> Response:
        await _read(request, _Nothing)
        job = self._found(request)
        if not self._control.first(job.id):
            raise HTTPException(409, f"job {job.id} does not wait: it is {job.status}")
        return _json(as_json(self._found(request)))

    async def _retry(self, request: Request) -> Response:
        await _read(request, _Nothing)
        job = self._found(request)
        if not self._control.retry(job.id):
            words = f"job {job.id} neither failed nor was cancelled: it is {job.status}"
            if job.status in ("failed", "cancelled"):
                words = f"the painter has not let go of job {job.id} yet: try again in a moment"
            raise HTTPException(409, words)
        return _json(as_json(self._found(request)))

    def _found(self, request: Request) -> Job:
        number = request.path_params["id"]
        # SQLite's integers have at most 19 digits; a larger one would overflow inside its driver.
        known = number.isascii() and number.isdigit() and len(number) < 19
        job = self._control.job(int(number)) if known else None
        if job is None:
            raise HTTPException(404, f"there is no job {number}")
        return job


def create_app(api: Api, routes: Sequence[BaseRoute] = ()) -> Starlette:
    """The API as an ASGI application, with further routes beside it."""
    return Starlette(
        routes=[*api.routes(), *routes],
        exception_handlers={
            HTTPException: _refused,
            ArtError: _unusable,
            DaemonError: _unable,
            Exception: _broken,
        },
    )


async def _read(request: Request, model: type[_Model]) -> _Model:
    """The request's body; the content type keeps web pages elsewhere from posting forms here."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, "send the body as application/json")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise HTTPException(413, f"the body is larger than {LARGEST_BODY} bytes")
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        words = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise HTTPException(422, "; ".join(words).lstrip(": ")) from error


def _json(data: Any, status: int = 200) -> Response:
    text = json.dumps(data, default=str, ensure_ascii=False)
    return Response(text, status, media_type="application/json")


async def _refused(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 500)
    return JSONResponse({"error": getattr(error, "detail", "")}, status)


async def _unusable(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 422)


async def _unable(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 503)


async def _broken(request: Request, error: Exception) -> Response:
    # Starlette raises it again after answering, so that the server logs it with its traceback.
    return JSONResponse({"error": "something went wrong inside mused; see its log"}, 500)

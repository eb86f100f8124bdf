import json
import random
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from mused.daemon.errors import DownloadError, StoreError
from mused.daemon.models.download import ATTEMPTS, Patience, Wanted, fetch
from tests.daemon.models.conftest import Server, serving

QUICK = Patience(connect=2, silence=0.3, slow_for=0.4, pause=0.01)
CONTENT = random.Random(5).randbytes(300_000)


@pytest.fixture
def get(server: Any, tmp_path: Path) -> Callable[..., Path]:
    """Fetches what the server has; notes what was said."""
    server.content = CONTENT

    def get(url: str | None = None, **wanted: Any) -> Path:
        part = tmp_path / "file.part"
        fetch(Wanted(url or server.url, part, **wanted), lambda *_: None, said.append, QUICK)
        return part

    said: list[str] = []
    get.said = said  # type: ignore[attr-defined]
    return get


def test_a_file_is_fetched_and_told_how_far(server: Any, tmp_path: Path) -> None:
    server.content = CONTENT
    told: list[tuple[int, int | None]] = []
    part = tmp_path / "file.part"
    fetch(Wanted(server.url, part), lambda *far: told.append(far), lambda words: None)
    assert part.read_bytes() == CONTENT
    assert told == sorted(told)
    assert told[-1] == (len(CONTENT), len(CONTENT))


def test_a_whole_part_is_not_asked_for_again(get: Callable[..., Path], server: Any) -> None:
    get()
    assert get().read_bytes() == CONTENT
    assert len(server.asked) == 1


@pytest.mark.parametrize("fault", ["cuts", "stalls"])
def test_a_broken_line_is_gone_on_with(fault: str, get: Callable[..., Path], server: Any) -> None:
    setattr(server, fault, [100_000, 50_000, 0])
    assert get().read_bytes() == CONTENT
    assert server.ranges_asked == [None, "bytes=100000-", "bytes=150000-", "bytes=150000-"]
    assert {headers.get("if-range") for headers in server.asked} == {None, '"one"'}


def test_a_server_that_drips_counts_as_stalling(get: Callable[..., Path], server: Any) -> None:
    server.content, server.drips = CONTENT[:5000], True
    timer = threading.Timer(1.0, lambda: setattr(server, "drips", False))
    timer.start()
    assert get().read_bytes() == CONTENT[:5000]
    timer.join()
    assert any("next to nothing" in words for words in get.said)  # type: ignore[attr-defined]


def test_a_server_without_ranges_begins_afresh(get: Callable[..., Path], server: Any) -> None:
    server.cuts, server.ranges = [200_000], False
    assert get().read_bytes() == CONTENT
    assert server.ranges_asked == [None, "bytes=200000-"]


def test_a_file_that_changed_in_between_is_begun_afresh(
    get: Callable[..., Path], server: Any
) -> None:
    server.cuts = [200_000]
    other = random.Random(6).randbytes(300_000)

    def change() -> None:
        while not server.asked:
            time.sleep(0.001)
        server.content, server.etag = other, '"two"'

    thread = threading.Thread(target=change)
    server.stalls = [200_000]
    thread.start()
    content = get().read_bytes()
    thread.join()
    assert content == other
    assert server.asked[-1]["if-range"] in ('"one"', '"two"')


def test_the_next_process_goes_on_only_with_the_same_file(
    get: Callable[..., Path], server: Any, tmp_path: Path
) -> None:
    part = get()
    known = json.loads((tmp_path / "file.part.json").read_text())
    part.write_bytes(CONTENT[:1000])
    server.asked.clear()
    assert get().read_bytes() == CONTENT
    part.write_bytes(CONTENT[:1000])
    (tmp_path / "file.part.json").write_text(json.dumps(known | {"url": "http://other/file"}))
    assert get().read_bytes() == CONTENT
    part.write_bytes(CONTENT[:1000])
    (tmp_path / "file.part.json").write_text("spoilt")
    assert get().read_bytes() == CONTENT
    assert server.ranges_asked == ["bytes=1000-", None, None]


@pytest.mark.parametrize(
    ("etag", "modified", "resumed"),
    [
        (None, "Wed, 21 Oct 2015 07:28:00 GMT", True),
        ('W/"weak"', "Wed, 21 Oct 2015 07:28:00 GMT", True),
        ('W/"weak"', None, False),
        (None, None, False),
    ],
)
def test_what_can_be_told_from_another_file_is_gone_on_with(
    etag: str | None, modified: str | None, resumed: bool, get: Callable[..., Path], server: Any
) -> None:
    server.etag, server.modified, server.cuts = etag, modified, [100_000]
    assert get().read_bytes() == CONTENT
    assert (server.ranges_asked[-1] == "bytes=100000-") is resumed


def test_another_part_than_asked_for_is_not_taken(get: Callable[..., Path], server: Any) -> None:
    server.cuts, server.wrong_part = [100_000], True
    assert get().read_bytes() == CONTENT
    assert server.ranges_asked == [None, "bytes=100000-", None]


def test_a_file_that_has_shrunk_is_begun_afresh(
    get: Callable[..., Path], server: Any, tmp_path: Path
) -> None:
    part = get()
    part.write_bytes(CONTENT[:200_000])
    server.content = CONTENT[:100_000]
    assert get().read_bytes() == CONTENT[:100_000]


def test_a_busy_server_is_asked_again_when_it_says(get: Callable[..., Path], server: Any) -> None:
    server.statuses, server.retry_after = [503, 429], "1"
    began = time.monotonic()
    assert get().read_bytes() == CONTENT
    assert time.monotonic() - began >= 2
    assert get.said[0].startswith("the server is busy (503")  # type: ignore[attr-defined]


def test_it_gives_up_on_a_dead_server(get: Callable[..., Path], server: Any) -> None:
    server.statuses = [500] * 20
    with pytest.raises(DownloadError, match=rf"500.*{ATTEMPTS} times in a row"):
        get()
    assert len(server.asked) == ATTEMPTS


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://nowhere.invalid/file", "resolution|not known|No address"),
        ("http://127.0.0.1:9/file", "refused"),
    ],
)
def test_a_server_that_cannot_be_reached_is_told_at_once(
    url: str, words: str, get: Callable[..., Path]
) -> None:
    with pytest.raises(DownloadError, match=rf"({words}).*\. Is this machine online\?"):
        get(url)
    assert get.said == []  # type: ignore[attr-defined]


def test_a_server_that_was_reached_is_tried_again_when_it_is_gone(tmp_path: Path) -> None:
    """As when a laptop loses its network for a moment."""
    plan = Server(content=CONTENT, cuts=[100_000])
    said: list[str] = []
    with ExitStack() as stack:
        stack.enter_context(serving(plan))

        def say(words: str) -> None:
            said.append(words)
            stack.close()

        part = tmp_path / "file.part"
        with pytest.raises(DownloadError, match=rf"refused.*{ATTEMPTS} times in a row"):
            fetch(Wanted(plan.url, part), lambda *_: None, say, QUICK)
        assert len(said) == ATTEMPTS
        with pytest.raises(DownloadError, match=r"refused.*Is this machine online\?"):
            fetch(Wanted(plan.url, part), lambda *_: None, say, QUICK)
    assert part.read_bytes() == CONTENT[:100_000]


def test_a_server_that_cuts_every_answer_is_not_dead(get: Callable[..., Path], server: Any) -> None:
    server.cuts = [5_000] * 40
    assert get().read_bytes() == CONTENT


@pytest.mark.parametrize(("status", "words"), [(404, "404 Not Found"), (403, "403 Forbidden")])
def test_a_refusal_is_told_at_once(
    status: int, words: str, get: Callable[..., Path], server: Any
) -> None:
    server.statuses = [status]
    with pytest.raises(DownloadError, match=words):
        get()
    assert len(server.asked) == 1


@pytest.mark.parametrize("type_", ["text/html; charset=utf-8", "application/octet-stream"])
def test_a_web_page_is_not_taken_for_the_file(
    type_: str, get: Callable[..., Path], server: Any, tmp_path: Path
) -> None:
    server.type, server.content = type_, b"\n <!DOCTYPE html><p>Please log in"
    with pytest.raises(DownloadError, match="web page"):
        get()
    assert not (tmp_path / "file.part").exists()


@pytest.mark.parametrize(
    ("size", "is_exact", "words"),
    [
        (300_001, True, "offers 300000 bytes, where 300001 are expected"),
        (100_000, False, "offers 300000 bytes, where about 100 kB are expected"),
        (10**6, False, r"where about 1\.0 MB are expected"),
    ],
)
def test_another_size_than_expected_is_refused_before_it_is_fetched(
    size: int, is_exact: bool, words: str, get: Callable[..., Path], server: Any, tmp_path: Path
) -> None:
    with pytest.raises(DownloadError, match=words):
        get(bytes=size, is_exact=is_exact)
    assert not (tmp_path / "file.part").exists()


def test_a_server_that_tells_no_length_cannot_send_for_ever(
    get: Callable[..., Path], server: Any, tmp_path: Path
) -> None:
    server.chunked = True
    assert get(bytes=200_000).read_bytes() == CONTENT
    (tmp_path / "file.part").unlink()
    with pytest.raises(DownloadError, match=r"sends at least .* about 100 kB are expected"):
        get(bytes=100_000)
    assert not (tmp_path / "file.part").exists()


@pytest.mark.parametrize("etag", ['"one"', None])
def test_a_file_of_unknown_length_does_not_fill_the_disk(
    etag: str | None, server: Any, disk: Callable[..., Path]
) -> None:
    server.content, server.chunked, server.etag = bytes(20_000_000), True, etag
    small = disk("16m")
    wanted = Wanted(server.url, small / "file.part")
    kept = "What has come is kept" if etag else "What has come is deleted"
    with pytest.raises(DownloadError, match=rf"does not say how large .* are free in .* {kept}"):
        fetch(wanted, lambda *_: None, lambda words: None, QUICK)
    assert shutil.disk_usage(small).free > (0 if etag else 16_000_000)
    if etag:
        subprocess.run(["mount", "-o", "remount,size=32m", small], check=True)
        fetch(wanted, lambda *_: None, lambda words: None, QUICK)
        assert wanted.part.stat().st_size == 20_000_000
        assert server.ranges_asked[1] > "bytes=14"


def test_a_server_that_tells_too_long_a_length_is_found_out(
    get: Callable[..., Path], server: Any
) -> None:
    server.claims = 300_100
    with pytest.raises(DownloadError, match="in a row"):
        get()


def test_a_redirect_is_followed_and_a_circle_is_not(get: Callable[..., Path], server: Any) -> None:
    other = server.url
    server.leads_to = "/file"
    with pytest.raises(DownloadError, match="without an end"):
        get()
    server.leads_to = "ftp://127.0.0.1/file"
    with pytest.raises(DownloadError, match="only http and https"):
        get()
    with pytest.raises(DownloadError, match="only http and https"):
        get("file:///etc/passwd")
    with pytest.raises(DownloadError, match=r"cannot be fetched|only http"):
        get("http://[::1/file")
    assert other == server.url


def test_a_redirect_leads_to_another_server(
    get: Callable[..., Path], server: Any, encrypted: Any, certificate: Path, monkeypatch: Any
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    encrypted.content = CONTENT
    server.leads_to = encrypted.url
    assert get().read_bytes() == CONTENT


def test_from_an_encrypted_address_none_leads_to_a_plain_one(
    get: Callable[..., Path], server: Any, encrypted: Any, certificate: Path, monkeypatch: Any
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    encrypted.leads_to = server.url
    with pytest.raises(DownloadError, match="which is not encrypted"):
        get(encrypted.url)
    assert not server.asked


def test_a_certificate_that_nobody_signed_is_not_trusted(
    get: Callable[..., Path], encrypted: Any
) -> None:
    with pytest.raises(DownloadError, match="cannot be trusted"):
        get(encrypted.url)
    assert not encrypted.asked


def test_a_proxy_of_the_environment_is_used(
    get: Callable[..., Path], server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.port}")
    monkeypatch.setenv("no_proxy", "")
    assert get("http://nowhere.invalid/file").read_bytes() == CONTENT
    assert server.asked[0]["host"] == "nowhere.invalid"
    monkeypatch.setenv("http_proxy", "rubbish://127.0.0.1")
    with pytest.raises(DownloadError, match="proxy of the environment"):
        get()


def test_a_download_that_does_not_fit_is_not_begun(
    get: Callable[..., Path], server: Any, tmp_path: Path
) -> None:
    server.claims = 10**15
    with pytest.raises(StoreError, match=r"only .* are free"):
        get()
    assert not (tmp_path / "file.part").exists()

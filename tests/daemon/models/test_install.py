import hashlib
import io
import os
import resource
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from mused.art.clip import Clip, ClipConfig
from mused.art.vqgan import VQGAN, VQGANConfig
from mused.art.weights import load_clip, load_vqgan
from mused.daemon.errors import BadModelError, DownloadError, StoreError
from mused.daemon.hearing.model import BUNDLED, Model
from mused.daemon.models import hashes, install, store
from tests.daemon.models.conftest import left

TINY_VQGAN = VQGANConfig(
    ch=32,
    ch_mult=(1, 2),
    num_res_blocks=1,
    attn_resolutions=(),
    resolution=256,
    z_channels=8,
    embed_dim=8,
    n_embed=16,
)
TINY_CLIP = ClipConfig(16, 64, 1, 64, 32, 77, 49408, 64, 1, 1)


def checkpoint(network: torch.nn.Module) -> bytes:
    """A checkpoint as published: the state beside numbers of the training."""
    file = io.BytesIO()
    torch.save({"state_dict": network.state_dict(), "epoch": 3}, file)
    return file.getvalue()


def test_a_vosk_model_is_pulled_and_hears(
    pull: Callable[..., store.Installed], server: Any, models: Path, vosk_zip: bytes
) -> None:
    server.content, server.cuts = vosk_zip, [1_000_000]
    sha256 = hashlib.sha256(vosk_zip).hexdigest()
    model = pull("vosk", bytes=len(vosk_zip), sha256=sha256, stated="here")
    assert server.ranges_asked == [None, "bytes=1000000-"]
    assert (model.kind, model.sha256, model.path) == ("vosk", sha256, models / "mine")
    assert store.find("mine") == model
    assert left(models) == {"mine"}
    assert Model(Path("mine")).missing_words(["computer"]) == []
    for file in BUNDLED.rglob("*.fst"):
        assert (models / "mine" / file.relative_to(BUNDLED)).read_bytes() == file.read_bytes()


def test_weights_are_pulled_and_kept_without_a_pickle(
    pull: Callable[..., store.Installed], server: Any
) -> None:
    network = Clip(TINY_CLIP).model.half().float()  # as half of those published are
    server.content = checkpoint(network)
    model = pull()
    assert (model.kind, model.path.name) == ("clip", "mine.safetensors")
    assert model.bytes < 0.7 * len(server.content)
    state = load_clip(model.path).model.state_dict()
    assert all(torch.equal(state[k], v) for k, v in network.state_dict().items())


class Bomb:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.path}",)


def test_a_pickle_bomb_does_not_go_off(
    pull: Callable[..., store.Installed], server: Any, models: Path, tmp_path: Path
) -> None:
    file = io.BytesIO()
    torch.save({"state_dict": {"bomb": Bomb(tmp_path / "boom")}}, file)
    server.content = file.getvalue()
    with pytest.raises(BadModelError, match=r"asks to run posix\.system"):
        pull("vqgan")
    assert not (tmp_path / "boom").exists()
    assert left(models) == set()


def test_what_is_no_model_at_all_is_refused(
    pull: Callable[..., store.Installed], server: Any, models: Path
) -> None:
    server.content = b"hello, I am a text"
    with pytest.raises(BadModelError, match="no whole zip archive"):
        pull("vosk")
    assert left(models) == set()


def test_a_server_that_tells_too_short_a_length_is_found_out(
    pull: Callable[..., store.Installed], server: Any, models: Path, vosk_zip: bytes
) -> None:
    server.content, server.claims = vosk_zip, len(vosk_zip) - 1000
    with pytest.raises(BadModelError, match="no whole zip archive"):
        pull("vosk")
    assert left(models) == set()
    with pytest.raises(DownloadError, match="are expected"):
        pull("vosk", bytes=len(vosk_zip), sha256="0" * 64)


def test_a_stated_hash_must_match_before_anything_is_unpacked(
    pull: Callable[..., store.Installed], server: Any, models: Path
) -> None:
    server.content = b"PK\3\4 something else"
    with pytest.raises(BadModelError, match=r"another file than expected.*stated by page.*--sha"):
        pull("vosk", bytes=19, sha256="0" * 64, stated="page")
    assert left(models) == set()


def test_an_unknown_hash_is_recorded_and_must_match_later(
    pull: Callable[..., store.Installed], server: Any, models: Path, vosk_zip: bytes
) -> None:
    server.content = vosk_zip
    model = pull()
    assert any("it is recorded" in words for words in pull.said)  # type: ignore[attr-defined]
    assert hashes.recorded(server.url) == model.sha256
    install.forget("mine", model)
    assert left(models) == {".hashes.json"}
    assert pull().sha256 == model.sha256

    # Another file of the same content, as when somebody packs it anew.
    server.content, server.etag = vosk_zip.replace(b"tiny-0.1", b"tiny-0.2"), '"two"'
    with pytest.raises(BadModelError, match=f"another file than at its first.*{model.sha256}"):
        pull()
    assert store.find("mine") == store.installed()["mine"]  # the old one stays
    other = hashlib.sha256(server.content).hexdigest()
    assert pull(sha256=other).sha256 == other
    assert pull().sha256 == other


@pytest.mark.parametrize("name", ["am/final.mdl", "graph/Gr.fst"])
def test_a_vosk_model_that_lacks_a_file_is_refused(
    name: str, pull: Callable[..., store.Installed], server: Any, models: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(BUNDLED, copy / "model")
    (copy / "model" / name).unlink()
    shutil.make_archive(str(tmp_path / "model"), "zip", copy)
    server.content = (tmp_path / "model.zip").read_bytes()
    with pytest.raises(BadModelError, match=rf"the Vosk model \.mine\.part lacks {name}"):
        pull("vosk")
    assert left(models) == set()


def test_a_vosk_model_with_a_spoilt_graph_is_refused(
    pull: Callable[..., store.Installed], server: Any, models: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(BUNDLED, copy / "model")
    (copy / "model" / "graph" / "HCLr.fst").write_bytes(os.urandom(5000))
    shutil.make_archive(str(tmp_path / "model"), "zip", copy)
    server.content = (tmp_path / "model.zip").read_bytes()
    with pytest.raises(BadModelError, match=r"mine\.part is no good model: Failed to create"):
        pull("vosk")
    assert left(models) == set()


def test_a_zip_slip_is_refused_and_its_download_thrown_away(
    pull: Callable[..., store.Installed], server: Any, models: Path, tmp_path: Path
) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("model/am/final.mdl", b"")
        archive.writestr("../../../../escaped", b"gotcha")
    server.content = file.getvalue()
    with pytest.raises(BadModelError, match="outside its folder"):
        pull()
    assert left(models) == set()
    assert not list(tmp_path.rglob("escaped"))


def test_a_pull_of_the_same_name_replaces_the_model_at_once(
    pull: Callable[..., store.Installed], server: Any, models: Path, vosk_zip: bytes
) -> None:
    server.content = vosk_zip
    old = pull()
    (old.folder / "of the old one").touch()
    new = pull()
    assert left(models) == {"mine", ".hashes.json"}
    assert not (new.folder / "of the old one").exists()


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file may become larger than a megabyte: writing fails in the middle, like a full disk."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10**6, usual[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, usual)


def test_a_disk_that_refuses_is_told_and_what_came_is_kept(
    pull: Callable[..., store.Installed],
    server: Any,
    models: Path,
    vosk_zip: bytes,
    small_files: None,
) -> None:
    server.content = vosk_zip
    with pytest.raises(DownloadError, match=r"\.mine\.part cannot be written: .*kept"):
        pull("vosk")
    assert (models / ".mine.part").stat().st_size == 10**6
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (usual, usual))
    pull("vosk")
    assert server.ranges_asked == [None, "bytes=1000000-"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
@pytest.mark.parametrize(
    ("room", "words"), [(-1_000_000, r"free in|disk is full"), (2_000_000, "unpacking it")]
)
def test_a_full_disk_is_told_and_what_came_is_kept(
    room: int,
    words: str,
    pull: Callable[..., store.Installed],
    server: Any,
    models: Path,
    vosk_zip: bytes,
) -> None:
    size = len(vosk_zip) + room
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(models)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        server.content, server.chunked = vosk_zip, True
        with pytest.raises(StoreError, match=words):
            pull("vosk")
        assert left(models) == {".mine.part", ".mine.part.json"}
        with pytest.raises(StoreError, match=r"mine needs .* free"):
            pull("vosk", bytes=4_000_000)
    finally:
        subprocess.run(["umount", models], check=True)


def test_without_torch_weights_are_not_taken_and_the_download_stays(
    pull: Callable[..., store.Installed],
    server: Any,
    models: Path,
    monkeypatch: Any,
    tmp_path: Path,
) -> None:
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError(\"No module named 'torch'\")")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}")
    server.content = checkpoint(VQGAN(TINY_VQGAN))
    with pytest.raises(StoreError, match=r"weights are checked by torch, run `make setup`"):
        pull()
    assert (models / ".mine.part").stat().st_size == len(server.content)


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_ones_own_vosk_model_is_imported(
    form: str, models: Path, vosk_zip: bytes, tmp_path: Path
) -> None:
    own = tmp_path / "own.zip"
    own.write_bytes(vosk_zip)
    path = BUNDLED if form == "folder" else own
    model = install.take(path, "own", lambda words: None)
    assert (model.kind, model.source) == ("vosk", str(path))
    assert path.exists()
    assert Model(Path("own")).folder == models / "own"


def test_ones_own_weights_are_imported_in_every_form(models: Path, tmp_path: Path) -> None:
    (tmp_path / "last.ckpt").write_bytes(checkpoint(VQGAN(TINY_VQGAN)))
    first = install.take(tmp_path / "last.ckpt", "first", lambda words: None)
    shutil.copy(first.path, tmp_path / "nameless")
    second = install.take(tmp_path / "nameless", "second", lambda words: None)
    assert (first.kind, second.kind) == ("vqgan", "vqgan")
    assert torch.equal(load_vqgan(second.path).codebook, load_vqgan(first.path).codebook)
    assert set(store.installed()) == {"first", "second"}
    assert store.resolve(Path("first"), "vqgan") == first.path
    assert store.resolved({"vqgan": "first", "clip": None, "steps": 3}) == {
        "vqgan": str(first.path),
        "clip": None,
        "steps": 3,
    }


def test_what_is_no_model_is_not_imported(models: Path, tmp_path: Path) -> None:
    for bad, words in ((tmp_path, "lacks am/final"), (tmp_path / "nowhere", "no file or folder")):
        with pytest.raises(StoreError, match=words):
            install.take(bad, "bad", lambda words: None)
    assert left(models) == set()


def test_a_model_too_large_for_the_memory_is_not_to_blame(
    pull: Callable[..., store.Installed],
    server: Any,
    models: Path,
    vosk_zip: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As where the kernel ends the process that tries the model."""
    monkeypatch.setattr(install, "_TRY_VOSK", "import os; os.kill(os.getpid(), 9)")
    server.content = vosk_zip
    with pytest.raises(StoreError, match="memory runs out"):
        pull("vosk")
    assert (models / ".mine.part").stat().st_size == len(vosk_zip)


def test_conversion_dies_of_a_file_alone(models: Path, tmp_path: Path) -> None:
    """Weights that need more memory than there is, here than it may have."""
    (tmp_path / "own.ckpt").write_bytes(checkpoint(VQGAN(TINY_VQGAN)))
    script = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (3 * 10**8,) * 2)\n"
        "from pathlib import Path; from mused.daemon.models import install\n"
        "from mused.daemon.errors import StoreError\n"
        "try: install.take(Path(sys.argv[1]), 'own', print)\n"
        "except StoreError as error: print('told:', error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "own.ckpt")],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert "told:" in done.stdout
    assert left(models) == set()

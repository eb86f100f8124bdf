import logging
import subprocess
import sys

import pytest
import torch

from mused.art.clip import END_OF_TEXT, START_OF_TEXT, Clip, ClipConfig, Tokenizer, config_of

VIT_B_32 = ClipConfig(
    embed_dim=512,
    image_resolution=224,
    vision_layers=12,
    vision_width=768,
    vision_patch_size=32,
    context_length=77,
    vocab_size=49408,
    transformer_width=512,
    transformer_heads=8,
    transformer_layers=12,
)
VIT_B_16 = ClipConfig(512, 224, 12, 768, 16, 77, 49408, 512, 8, 12)
VIT_L_14 = ClipConfig(768, 224, 24, 1024, 14, 77, 49408, 768, 12, 12)
RN50 = ClipConfig(1024, 224, (3, 4, 6, 3), 64, None, 77, 49408, 512, 8, 12)


@pytest.mark.parametrize(
    ("config", "millions"),
    [(VIT_B_32, 151.28), (VIT_B_16, 149.62), (VIT_L_14, 427.62), (RN50, 102.01)],
)
def test_published_shapes_are_recognised(config: ClipConfig, millions: float) -> None:
    with torch.device("meta"):
        clip = Clip(config)
    assert config_of(clip.model.state_dict()) == config
    assert sum(p.numel() for p in clip.parameters()) / 1e6 == pytest.approx(millions, abs=0.01)


def test_vit_b_32_embeds_pictures_and_texts() -> None:
    """All 151 million parameters, once."""
    clip = Clip(VIT_B_32).eval()
    with torch.inference_mode():
        images = clip.encode_image(torch.rand(2, 3, 224, 224))
        texts = clip.encode_text(["a red boat", "a photograph of the sea"])
    assert images.shape == texts.shape == (2, 512)
    assert torch.allclose(images.norm(dim=1), torch.ones(2))
    assert torch.allclose(texts.norm(dim=1), torch.ones(2))


def test_encoding_has_a_gradient_for_the_picture(clip: Clip) -> None:
    x = torch.rand(1, 3, 32, 32, requires_grad=True)
    torch.autograd.backward(clip.encode_image(x).sum())
    assert x.grad is not None
    assert x.grad.abs().sum() > 0


def test_pictures_are_normalised_inside(clip: Clip) -> None:
    """A picture of the mean colour is zero to the network."""
    mean = clip.mean.expand(1, 3, 32, 32)
    blank = clip.model.encode_image(torch.zeros(1, 3, 32, 32))
    assert torch.allclose(clip.encode_image(mean), blank / blank.norm(), atol=1e-5)


def test_published_ids() -> None:
    """The ids of openai/CLIP for this text."""
    ids = Tokenizer(77)(["a diagram"])[0]
    assert ids[:4].tolist() == [START_OF_TEXT, 320, 22697, END_OF_TEXT]
    assert not ids[4:].any()


def test_few_tokens_are_renumbered_with_the_end_highest() -> None:
    known = Tokenizer(77).bpe_ids("red boat")
    tokenizer = Tokenizer(8, known)
    assert tokenizer(["red boat"])[0].tolist() == [3, 1, 2, 4, 0, 0, 0, 0]
    assert tokenizer(["green boat"])[0].tolist() == [3, 0, 2, 4, 0, 0, 0, 0]
    assert tokenizer.unknown_words("Green boat, 2 oars") == ["Green", "2", "oars"]


def test_long_prompts_are_cut_at_a_word_and_said(caplog: pytest.LogCaptureFixture) -> None:
    tokenizer = Tokenizer(10)
    with caplog.at_level(logging.WARNING):
        ids = tokenizer(["one two three four five six seven eight nine ten"])[0]
    assert tokenizer.fit("one two three four five six seven eight nine ten") == (
        "one two three four five six seven eight"
    )
    assert ids[-1] == END_OF_TEXT
    assert "cut after: one two" in caplog.text
    assert tokenizer.fit("supercalifragilisticexpialidocious" * 3)
    assert tokenizer(["supercalifragilisticexpialidocious" * 3])[0][-1] == END_OF_TEXT


@pytest.mark.parametrize(
    "marker",
    [
        "<|endoftext|>",
        "<|StartOfText|>",
        "&lt;|endoftext|&gt;",
        "&amp;lt;|endoftext|&amp;gt;",
        "&#60;|endoftext|>",
        "＜｜ｅｎｄｏｆｔｅｘｔ｜＞",  # noqa: RUF001 - what is tested
    ],
)
def test_no_prompt_can_end_itself(marker: str) -> None:
    ids = Tokenizer(77)([f"a {marker} boat"])[0].tolist()
    assert ids.count(END_OF_TEXT) == 1
    assert ids.count(START_OF_TEXT) == 1


def test_neither_torchvision_nor_clips_own_init_is_imported() -> None:
    code = (
        "import sys; from mused.art.clip import Tokenizer; Tokenizer(77);"
        "from mused.art.painter import paint;"
        "bad = {'torchvision', 'clip', 'clip.clip', 'pytorch_lightning', 'omegaconf', 'skia'};"
        "print(sorted(bad & set(sys.modules))); sys.exit(bool(bad & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr

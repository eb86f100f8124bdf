import pytest
import torch

from mused.art.vqgan import GUMBEL_F8, VQGAN, VQGAN_F16_1024, VQGAN_F16_16384, VQGANConfig
from mused.art.weights import vqgan_config_of


@pytest.mark.parametrize(
    ("config", "millions", "factor"),
    [(VQGAN_F16_1024, 72.14, 16), (VQGAN_F16_16384, 76.07, 16), (GUMBEL_F8, 69.00, 8)],
)
def test_published_shapes_have_their_parameter_counts(
    config: VQGANConfig, millions: float, factor: int
) -> None:
    with torch.device("meta"):
        model = VQGAN(config)
    count = sum(p.numel() for p in model.parameters()) / 1e6
    assert count == pytest.approx(millions, abs=0.01)
    assert config.factor == factor
    assert vqgan_config_of(model.state_dict()) == config


def test_keys_are_those_of_the_published_checkpoints() -> None:
    with torch.device("meta"):
        plain = VQGAN(VQGAN_F16_1024).state_dict()
        gumbel = VQGAN(GUMBEL_F8).state_dict()
    assert plain["quantize.embedding.weight"].shape == (1024, 256)
    assert gumbel["quantize.embed.weight"].shape == (8192, 256)
    assert gumbel["quantize.proj.weight"].shape == (8192, 256, 1, 1)
    for key in (
        "encoder.conv_in.weight",
        "encoder.down.4.attn.1.proj_out.bias",
        "encoder.mid.attn_1.q.weight",
        "decoder.up.4.attn.2.k.weight",
        "decoder.up.1.upsample.conv.weight",
        "decoder.conv_out.bias",
        "quant_conv.weight",
        "post_quant_conv.bias",
    ):
        assert key in plain, key


def test_a_published_shape_reconstructs_at_any_size() -> None:
    """All 76 million parameters, once, on a picture of another size than in training."""
    model = VQGAN(VQGAN_F16_16384).eval()
    with torch.inference_mode():
        y, z, indices = model(torch.rand(1, 3, 64, 96) * 2 - 1)
    assert y.shape == (1, 3, 64, 96)
    assert z.shape == (1, 256, 4, 6)
    assert indices.shape == (1, 4, 6)
    assert y.isfinite().all()


def test_quantising_takes_the_nearest_code(vqgan: VQGAN) -> None:
    z = torch.randn(2, 8, 3, 5)
    z_q, indices = vqgan.quantize(z)
    by_hand = torch.cdist(z.permute(0, 2, 3, 1).reshape(-1, 8), vqgan.codebook).argmin(1)
    assert torch.equal(indices.flatten(), by_hand)
    assert torch.equal(z_q, vqgan.quantize.lookup(indices))
    assert torch.equal(vqgan.quantize(z_q)[1], indices)


def test_the_gradient_passes_straight_through(vqgan: VQGAN) -> None:
    z = torch.randn(1, 8, 4, 4, requires_grad=True)
    z_q, _ = vqgan.quantize(z)
    gradient = torch.randn_like(z)
    z_q.backward(gradient)
    assert z.grad is not None
    assert torch.equal(z.grad, gradient)


def test_codes_that_tie_in_half_precision_are_told_apart() -> None:
    model = VQGAN(
        VQGANConfig(
            ch=32,
            ch_mult=(1,),
            num_res_blocks=1,
            attn_resolutions=(),
            resolution=16,
            z_channels=4,
            embed_dim=4,
            n_embed=64,
        )
    )
    with torch.no_grad():
        model.codebook.copy_(1 + torch.arange(64)[:, None] * 2e-3)
        z = model.codebook[17].view(1, 4, 1, 1)
        with torch.autocast("cpu", torch.bfloat16):
            _, indices = model.quantize(z)
    assert indices.item() == 17


def test_attention_is_tamings_own(vqgan: VQGAN) -> None:
    from taming.modules.diffusionmodules.model import AttnBlock

    torch.manual_seed(0)
    ours = vqgan.decoder.mid.attn_1
    theirs = AttnBlock(ours.in_channels)
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(2, ours.in_channels, 6, 9)
    assert torch.allclose(ours(x), theirs(x), atol=1e-5)


def test_patches_fold_and_unfold(vqgan: VQGAN) -> None:
    assert vqgan.config.factor == 4
    z = vqgan.encode(torch.rand(1, 3, 32, 24))
    assert z.shape == (1, 8, 8, 6)
    assert vqgan.decode(vqgan.quantize(z)[0]).shape == (1, 3, 32, 24)


def test_a_gumbel_encoder_gives_codes() -> None:
    model = VQGAN(
        VQGANConfig(
            ch=32,
            ch_mult=(1, 1),
            num_res_blocks=1,
            attn_resolutions=(),
            resolution=32,
            z_channels=16,
            embed_dim=16,
            n_embed=24,
            gumbel=True,
        )
    )
    z = model.encode(torch.rand(1, 3, 16, 16))
    assert torch.equal(model.quantize(z)[0], z)


def test_building_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    VQGAN(VQGANConfig(32, (1,), 1, (), 16, 4, 4, 8))
    assert capfd.readouterr().out == ""

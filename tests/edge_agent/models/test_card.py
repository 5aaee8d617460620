# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest

from edge_agent.errors import ModelError
from edge_agent.models.card import Card, Download, read_card
from edge_agent.models.layouts import RtmdetLayout, SsdLayout, YoloxLayout

ROOT = Path(__file__).parents[3]


def card_with(folder: Path, name: str, old: str, new: str) -> Path:
    """Copy a real card with one change, under its own name."""
    text = (ROOT / "models" / name / "model.toml").read_text()
    assert old in text
    (folder / name).mkdir()
    (folder / name / "model.toml").write_text(text.replace(old, new, 1))
    return folder / name


def test_the_default_card_is_read(ssd_card: Card) -> None:
    assert ssd_card.format == "ssd"
    assert isinstance(ssd_card.layout, SsdLayout)
    assert [len(level) for level in ssd_card.layout.anchors_px] == [3, 6, 6, 6, 6, 6]
    assert ssd_card.mending_command == "edge-agent model fetch person-ssdlite"


def test_the_card_of_a_model_without_a_package_says_how_to_add_it(yolox_card: Card) -> None:
    assert isinstance(yolox_card.layout, YoloxLayout)
    assert yolox_card.layout.strides_px == (8, 16, 32)
    assert yolox_card.mending_command == "edge-agent model add yolox-nano FILE"


def test_every_card_has_its_licence_and_its_page() -> None:
    for folder in (ROOT / "models").iterdir():
        card = read_card(folder)
        assert (folder / "LICENSE").stat().st_size > 0
        page = (folder / "README.md").read_text()
        assert (card.sha256 or "has no hash") in page
        assert card.accuracy or "not measured here" in page


def test_a_mean_and_a_deviation_say_the_same_as_scale_and_offset(rtmdet_card: Card) -> None:
    layout = rtmdet_card.input
    for scale, offset, mean, std in zip(
        layout.scale, layout.offset, (103.53, 116.28, 123.675), (57.375, 57.12, 58.395), strict=True
    ):
        assert 200 * scale + offset == pytest.approx((200 - mean) / std)


def test_one_number_stands_for_every_channel(ssd_card: Card) -> None:
    assert ssd_card.input.offset == (-1.0, -1.0, -1.0)
    assert len(set(ssd_card.input.scale)) == 1


def test_an_rtmdet_card_is_read(rtmdet_card: Card) -> None:
    assert rtmdet_card.format == "rtmdet"
    assert rtmdet_card.layout == RtmdetLayout("dets", "labels", 0, 100)
    assert not rtmdet_card.is_compared
    assert rtmdet_card.mending_command == "edge-agent model add rtmdet-nano FILE"


def test_a_card_without_a_hash_asks_for_one() -> None:
    card = read_card(ROOT / "models/yolox-s")
    assert (card.sha256, card.size_bytes) == (None, None)
    assert card.mending_command == "edge-agent model add yolox-s FILE --sha256 HEX"


def test_a_card_with_an_address_says_to_fetch(tmp_path: Path) -> None:
    old = "[input]"
    new = '[download]\nurl = "https://models.example/x.onnx"\n\n[input]'
    card = read_card(card_with(tmp_path, "rtmdet-nano", old, new))
    assert card.download == Download("https://models.example/x.onnx")
    assert card.mending_command == "edge-agent model fetch rtmdet-nano"


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("rtmdet-nano", "mean = [103.53, ", "mean = [", "input.mean is"),  # a channel too few
        ("rtmdet-nano", "std = [57.375, ", "std = [0.0, ", "input.std is"),  # divided by nothing
        ("rtmdet-nano", "std = [", "scale = 1.0\nstds = [", "input.std is missing"),  # half of each
        ("rtmdet-nano", "mean = [", "scale = 1.0\nmean = [", "input.scale is not known"),  # both
        ("rtmdet-nano", "boxes_max = 100", "boxes_max = 5000", "rtmdet.boxes_max is 5000"),
        ("rtmdet-nano", "person_label = 0", "person_label = -1", "rtmdet.person_label is -1"),
        ("rtmdet-nano", "[rtmdet]", "[yolox]", "[rtmdet] is missing"),  # another format's table
        ("rtmdet-nano", "size_bytes = 4038157\n", "", "given together with size_bytes"),
        (
            "yolox-s",
            "[input]",
            '[download]\nurl = "https://x.example/y"\n[input]',
            "sha256 is missing, wanted the hash of what is fetched",
        ),  # nothing to hold it to
        (
            "rtmdet-nano",
            "[input]",
            '[download]\nurl = "http://x.example/y"\n[input]',
            "download.url is 'http://x.example/y'",
        ),  # in the clear
        ("yolox-nano", 'free_size_sha256 = "e', 'free_size_sha256 = "E', "yolox.free_size_sha256"),
    ],
)
def test_a_mistake_in_what_is_new_is_named(
    tmp_path: Path, name: str, old: str, new: str, said: str
) -> None:
    with pytest.raises(ModelError) as caught:
        read_card(card_with(tmp_path, name, old, new))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'name = "person-ssdlite"',
            'name = "other"',
            "name is 'other', wanted 'person-ssdlite'",
        ),  # not its folder
        ('format = "ssd"', 'format = "detr"', "format is 'detr'"),  # a format without a decoder
        ('licence = "MIT"', "", "licence is missing"),  # a key left out
        (
            'licence = "MIT"',
            'licence = "MIT"\nlicense = "MIT"',
            "license is not known",
        ),  # a key misspelt
        (
            "size_bytes = ",
            "size_bytes = 9999999999 #",
            "size_bytes is 9999999999",
        ),  # more than a box can hold
        ('sha256 = "', 'sha256 = "x', "sha256 is"),  # no hash
        ("width_px = 480", "width_px = 480.5", "input.width_px is 480.5"),  # half a pixel
        (
            "width_px = 480",
            "width_px = 48",
            "input.width_px is 48, wanted a multiple of 1 within 96..1920",
        ),  # against its own range
        ("fixed = false", 'fixed = "no"', "input.fixed is 'no'"),  # text is not false
        ('channels = "rgb"', 'channels = "yuv"', "input.channels is 'yuv'"),  # unknown order
        ("letterbox = 128", "letterbox = 256", "input.letterbox is 256"),  # no byte
        (
            "person_column = 1",
            "person_column = 2",
            "ssd.person_column is 2",
        ),  # beyond the last column
        ("[30.0000, 30.0000]", "[30.0000]", "ssd.anchors_px is"),  # an anchor with one side
        ("[30.0000, 30.0000]", "[30.0000, -1]", "ssd.anchors_px is"),  # a negative side
        ("[ssd]", "[sssd]", "[ssd] is missing"),  # a table misspelt
        (
            'version = "0.2"',
            'version = "--index-url"',
            "published.version is",
        ),  # an argument in disguise
        (
            "member_bytes = ",
            "member_bytes = true #",
            "published.member_bytes is True",
        ),  # true is not 1
    ],
)
def test_a_mistake_in_a_card_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(ModelError) as caught:
        read_card(card_with(tmp_path, "person-ssdlite", old, new))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("strides_px = [8, 16, 32]", "strides_px = [8, 0, 32]", "yolox.strides_px is"),  # no stride
        ("strides_px = [8, 16, 32]", "strides_px = []", "yolox.strides_px is"),  # no level
        ("classes = 80", "classes = 0", "yolox.classes is 0"),  # nothing to find
    ],
)
def test_a_mistake_in_a_yolox_card_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(ModelError) as caught:
        read_card(card_with(tmp_path, "yolox-nano", old, new))
    assert said in str(caught.value)


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    folder = card_with(tmp_path, "yolox-nano", 'licence = "Apache-2.0"', "licence = 3\nsurplus = 1")
    with pytest.raises(ModelError, match=r"licence is 3.*surplus is not known"):
        read_card(folder)


def test_a_card_that_is_not_there_or_not_toml_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="No such file"):
        read_card(tmp_path / "absent")
    (tmp_path / "model.toml").write_text("name = ")
    with pytest.raises(ModelError, match="not TOML"):
        read_card(tmp_path)

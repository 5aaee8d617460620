# SPDX-License-Identifier: Apache-2.0
"""What a config may say, and what is said of one that says something else."""

from pathlib import Path

import pytest

from edge_agent.config.schema import load
from edge_agent.errors import ConfigError
from edge_agent.process_settings import Source

ROOT = Path(__file__).parents[3]
LINE = """
[[lines]]
id = "door"
a = [0, 100]
b = [200, 100]
"""
ZONE = """
[[zones]]
id = "room"
polygon = [[0, 0], [100, 0], [100, 100]]
"""
GOOD = f"""
site = "test"
device = "box"
[camera]
source = "file"
path = "clips/street.avi"
{LINE}
[store]
directory = "box"
[keys]
directory = "keys"
"""
CORNERS = "[[0, 0], [600, 0], [600, 400], [0, 400]]"
GROUND = f"\n[ground_plane]\npixels = {CORNERS}\nmetres = [[0, 0], [6, 0], [6, 4], [0, 4]]\n"
ON_A_LINE = "[[0, 0], [5, 0], [9, 0], [0, 4]]"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "box.toml"


def refusal(file: Path, text: str, *settings: str) -> list[str]:
    """Return what is said of a config, line by line."""
    file.write_text(text)
    with pytest.raises(ConfigError) as refused:
        load(file, settings)
    return str(refused.value).splitlines()


def test_a_small_config_takes_every_default(file: Path) -> None:
    file.write_text(GOOD)
    config = load(file)
    assert (config.site, config.device, config.test_site) == ("test", "box", False)
    assert (config.window.length_s, config.disclosure.rule, config.disclosure.parameters()) == (
        60,
        "discrete_laplace",
        (1000,),
    )
    assert (config.record_schema().lines, config.zones, config.view, config.ground_plane) == (
        (255,),
        (),
        None,
        None,
    )


NETWORK = 'camera={source = "rtsp", host = "192.0.2.20", port = 554, url_path = "/one?channel=1"}'
MISTAKES = [
    ("zebra = 1", "zebra", "no such key", "docs/CONFIGURATION.md"),  # a key that does not exist
    # the same in a section
    ("camera.zebra = 1", "camera.zebra", "no such key", "docs/CONFIGURATION.md"),
    # a name with a space
    ('site = "Beach Road"', "site", "'Beach Road'", "1 to 32 of the characters a-z, 0-9 and -"),
    (f'device = "{"x" * 33}"', "device", "xxx", "1 to 32 of the characters"),  # too long a name
    ("device = 7", "device", "'7'", "string"),  # a number for a name
    ('test_site = "perhaps"', "test_site", "'perhaps'", "boolean"),  # a word for a flag
    # a source we have not got
    ('camera.source = "onvif"', "camera.source", "'onvif'", "'file', 'v4l2', 'rtsp' or 'http'"),
    ('camera = {source = "file"}', "camera", "has a path", "url_path"),  # a file without one
    # a network camera with one
    ('camera = {source = "rtsp", path = "a.avi"}', "camera", "has host and port", "no path"),
    # without a port
    ('camera = {source = "rtsp", host = "192.0.2.20"}', "camera", "has host and port", "no path"),
    # nobody knows how fast
    (
        'camera = {source = "http", host = "192.0.2.20", port = 80}',
        "camera",
        "fps: missing",
        "rate",
    ),
    # a name
    (
        'camera = {source = "rtsp", host = "cam.example.org", port = 554}',
        "camera.host",
        "numeric address",
        "192.0.2.20",
    ),
    # no port
    ('camera = {source = "rtsp", host = "192.0.2.20", port = 0}', "camera.port", "'0'", "1"),
    # no path of an address
    ('camera.url_path = "stream"', "camera.url_path", "'stream'", "begins with /"),
    # what would be read as credentials
    ('camera.url_path = "/a@b/c"', "camera.url_path", "'/a@b/c'", "begins with /"),
    # in the config
    (
        'camera.url_path = "/a?user=x&pwd=y"',
        "camera.url_path",
        "without credentials",
        "credentials_file",
    ),
    ('camera.host = "192.0.2.20"', "camera", "has a path", "rtsp, http"),  # an address for a file
    # credentials for a file
    ('camera.credentials_file = "word"', "camera", "has a path", "rtsp, http"),
    ("camera.path = 3", "camera.path", "'3'", "path"),  # a number for a path
    ("camera.fps = 0", "camera.fps", "'0'", "greater than or equal to 0.1"),  # no frames at all
    ("camera.fps = 1000", "camera.fps", "'1000'", "240"),  # more than a container tells
    ("camera.width_px = 10", "camera.width_px", "'10'", "64"),  # smaller than any camera
    ('camera.fourcc = "mjpeg"', "camera.fourcc", "'mjpeg'", "four capital letters"),  # five letters
    # a file has its own size
    ("camera.width_px = 640", "camera", "width_px, height_px and fourcc", "v4l2"),
    ("camera.loss_after_s = 0.1", "camera.loss_after_s", "'0.1'", "1"),  # gone before it came
    # a frame of ten pixels
    ("view = {frame_width_px = 10, frame_height_px = 480}", "view.frame_width_px", "'10'", "64"),
    # half a frame
    ("view = {frame_width_px = 640}", "view.frame_height_px", "missing", "no default"),
    # drawn outside
    (
        "view = {frame_width_px = 128, frame_height_px = 128}",
        "lines.door",
        "(200.0, 100.0)",
        "128 x 128",
    ),
    # nothing to count
    ("lines = []", "lines, zones", "none of either", "at least one line or zone"),
    # a line with one end
    ('lines = [{id = "door", a = [0, 0]}]', "lines[0].b", "missing", "no default"),
    # a line of no length
    ('lines = [{id = "door", a = [0, 0], b = [0, 0.5]}]', "lines[0]", "same point", "needs two"),
    # in space
    ('lines = [{id = "door", a = [0, 0, 0], b = [9, 9]}]', "lines[0].a", "[0, 0, 0]", "2 items"),
    # nowhere
    ('lines = [{id = "door", a = [0, nan], b = [9, 9]}]', "lines[0].a[1]", "nan", "finite"),
    # counts nobody
    (
        'lines = [{id = "door", a = [0, 0], b = [9, 9], count_max = 0}]',
        "lines[0].count_max",
        "'0'",
        "1",
    ),
    # one id twice
    (
        'lines = [{id = "d", a = [0, 0], b = [9, 9]}, {id = "d", a = [0, 0], b = [9, 8]}]',
        "lines",
        "'d'",
        "differ",
    ),
    # a zone named like a line
    (
        'zones = [{id = "door", polygon = [[0, 0], [9, 0], [9, 9]]}]',
        "lines, zones",
        "'door'",
        "differ",
    ),
    # two corners
    (
        'zones = [{id = "r", polygon = [[0, 0], [9, 9]]}]',
        "zones[0].polygon",
        "[[0, 0], [9, 9]]",
        "3 items",
    ),
    # flat
    (
        'zones = [{id = "r", polygon = [[0, 0], [9, 9], [5, 5]]}]',
        "zones[0]",
        "encloses nothing",
        "round an area",
    ),
    # a bow tie
    (
        'zones = [{id = "r", polygon = [[0, 0], [9, 0], [0, 9], [12, 9]]}]',
        "zones[0]",
        "crosses itself",
        "in order",
    ),
    # one point
    (
        f"ground_plane = {{pixels = [[0, 0]], metres = {CORNERS}}}",
        "ground_plane.pixels",
        "[[0, 0]]",
        "4 items",
    ),
    # flat
    (
        f"ground_plane = {{pixels = {CORNERS}, metres = {ON_A_LINE}}}",
        "ground_plane",
        "three of the four metres",
        "span",
    ),
    # half a size
    (
        "detector.input_width_px = 480",
        "detector",
        "input_width_px and input_height_px",
        "both or neither",
    ),
    # upside down
    (
        "detector = {confidence_min = 0.6, confidence_high = 0.5}",
        "detector",
        "confidence_min is above",
        "strong",
    ),
    ("detector.threads = 0", "detector.threads", "'0'", "1"),  # nobody to do it
    # no provider's name
    ('detector.provider = "CUDA"', "detector.provider", "'CUDA'", "ExecutionProvider"),
    ("window.length_s = 1", "window.length_s", "'1'", "2"),  # too short a window
    ("window.length_s = 60.5", "window.length_s", "'60.5'", "integer"),  # no whole second
    ('window.clock = "file"', "window.clock", "'file'", "'live' or 'replay'"),  # no such clock
    # released too late
    (
        "window = {length_s = 10, release_offset_s = 9}",
        "window.release_offset_s",
        "got 9",
        "less than",
    ),
    ('disclosure.rule = "raw"', "disclosure.rule", "'raw'", "'discrete_laplace'"),  # no rule
    ("disclosure.epsilon = inf", "disclosure.epsilon", "inf", "finite"),  # no noise
    # a class that tells nothing
    ("disclosure.class_epsilon = 0", "disclosure.class_epsilon", "'0'", "0.05"),
    # another rule
    (
        'disclosure = {rule = "buckets", class_epsilon = 1}',
        "disclosure",
        "got rule buckets",
        "leave it out",
    ),
    ("disclosure.edges = [0, 10, 5]", "disclosure", "edges", "begin with 0 and rise"),  # falling
    ("disclosure.edges = [0]", "disclosure.edges", "[0]", "2 items"),  # one
    ("broker.port = 70000", "broker.port", "'70000'", "65535"),  # no such port
    # in the clear
    (
        'broker.host = "broker.example.org"',
        "broker",
        "broker.example.org is another machine",
        "TLS",
    ),
    ('broker.ca_file = "ca.pem"', "broker", "go together", "all three or none"),  # half of TLS
    ('broker.protocol = "4"', "broker.protocol", "'4'", "'5' or '3.1.1'"),  # no such version
    ("store.bytes_max = 5", "store.bytes_max", "'5'", "262144"),  # no room
    ("keys = {}", "keys.directory", "missing", "no default"),  # no keys
    ("camera = 3", "camera", "'3'", "dictionary"),  # a number for a section
]


@pytest.mark.parametrize(
    ("setting", "key", "found", "allowed"), MISTAKES, ids=[row[0][:60] for row in MISTAKES]
)
def test_a_mistake_is_told_with_file_key_what_was_found_and_what_is_allowed(
    file: Path, setting: str, key: str, found: str, allowed: str
) -> None:
    name, _, value = setting.partition(" = ")
    (line,) = refusal(file, GOOD, f"{name}={value}")
    assert line.startswith((f"{file}: {key}: ", f"{file}: {key}, "))
    assert found in line
    assert allowed in line


@pytest.mark.parametrize("key", ["site", "device", "camera", "store", "keys"])
def test_what_is_missing_and_has_no_default_is_named(file: Path, key: str) -> None:
    sections = GOOD.split("\n[")
    kept = [part for part in sections if not part.startswith(f"{key}]")]
    text = "\n".join(
        line for line in "\n[".join(kept).splitlines() if not line.startswith(f"{key} =")
    )
    assert refusal(file, text) == [f"{file}: {key}: missing, and it has no default"]


def test_every_mistake_is_told_at_once(file: Path) -> None:
    text = (
        GOOD.replace('"test"', '"Test Site"')
        .replace('"file"', '"onvif"')
        .replace("[200, 100]", "[0, 100]")
    )
    lines = refusal(file, text + "\n[window]\nlength_s = 1\nzebra = 2\n[broker]\nport = 0\n")
    told = [line.removeprefix(f"{file}: ").split(":")[0] for line in lines]
    assert sorted(told) == [
        "broker.port",
        "camera.source",
        "lines[0]",
        "site",
        "window.length_s",
        "window.zebra",
    ]


def test_mistakes_of_the_whole_are_told_at_once_too(file: Path) -> None:
    text = (
        GOOD + LINE + "\n[view]\nframe_width_px = 100\nframe_height_px = 64\n[window]\nlength_s = "
        "5\nrelease_offset_s = 20\n"
    )
    lines = refusal(file, text)
    assert len([line for line in lines if "outside the frame" in line]) == 4
    assert len([line for line in lines if "given twice" in line]) == 1
    assert len([line for line in lines if "release_offset_s" in line]) == 1
    assert all(line.startswith(f"{file}: ") for line in lines)


def test_replay_of_a_live_camera_is_refused(file: Path) -> None:
    (line,) = refusal(file, GOOD, "camera.source=v4l2", "window.clock=replay")
    assert line == f"{file}: window.clock: got replay with a live camera; replay is for a file"


def test_a_slip_in_the_toml_is_told_with_its_line(file: Path) -> None:
    (line,) = refusal(file, 'site = "test"\ndevice = "box"\ntest_site = yes\n')
    assert line.startswith(f"{file}: line 3: not TOML: ")
    assert line.endswith("write true")


def test_a_file_that_cannot_be_read_is_named(file: Path) -> None:
    with pytest.raises(ConfigError, match=r"box\.toml: cannot be read: No such file"):
        load(file)
    with pytest.raises(ConfigError, match=r"cannot be read: Is a directory"):
        load(file.parent)


def test_settings_are_laid_over_the_file_in_turn(file: Path) -> None:
    file.write_text(GOOD)
    config = load(
        file,
        (
            "broker.port=1884",
            "device=other",
            "window.length_s=30",
            "window.length_s=40",
            "detector.keep_aspect=true",
        ),
    )
    assert (
        config.broker.port,
        config.device,
        config.window.length_s,
        config.detector.keep_aspect,
    ) == (1884, "other", 40, True)


def test_a_setting_may_be_any_toml_value(file: Path) -> None:
    file.write_text(GOOD)
    config = load(file, ('zones=[{id = "room", polygon = [[0, 0], [9, 0], [9, 9]]}]', 'device="7"'))
    assert (config.zones[0].polygon, config.device) == (((0, 0), (9, 0), (9, 9)), "7")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("detector.keep_aspect", None),  # the model's card decides
        ("broker.port", 1883),  # a number of ours
        ("window.length_s", 60),  # the same, which the file states
    ],
)
def test_none_takes_the_default(file: Path, setting: str, value: float | None) -> None:
    file.write_text(
        GOOD + "\n[window]\nlength_s = 20\n[detector]\nkeep_aspect = true\n[broker]\nport = 99\n"
    )
    section, key = setting.split(".")
    assert getattr(getattr(load(file, (f"{setting}=none",)), section), key) == value


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("broker.port", "wanted KEY=VALUE, as in broker.port=1884"),  # no value
        ("device.name=x", "device is no section"),  # through a word
        ("lines.door.count_max=9", "lines is no section"),  # through a list
    ],
)
def test_a_setting_that_leads_nowhere_is_told(file: Path, setting: str, said: str) -> None:
    (line,) = refusal(file, GOOD, setting)
    assert repr(setting) in line
    assert said in line


def test_paths_are_relative_to_the_folder_of_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "etc" / "boxes"
    folder.mkdir(parents=True)
    (folder / "box.toml").write_text(
        GOOD.replace('"box"\n[keys]', '"../store"\n[keys]').replace('"keys"', '"/run/keys"')
    )
    config = load(
        folder / "box.toml",
        ("broker.ca_file=ca.pem", "broker.certificate_file=c.pem", "broker.key_file=../k.pem"),
    )
    assert config.camera.path == folder / "clips/street.avi"
    assert config.store.directory == tmp_path / "etc/store"
    assert config.keys.directory == Path("/run/keys")
    assert (config.broker.ca_file, config.broker.key_file) == (
        folder / "ca.pem",
        tmp_path / "etc/k.pem",
    )


@pytest.mark.parametrize(
    "settings",
    [
        ("store.directory=elsewhere",),  # where the store lies
        ("keys.directory=/elsewhere",),  # where the keys lie
        ("camera.path=other.avi",),  # where the picture comes from
        (
            "broker.ca_file=a",
            "broker.certificate_file=b",
            "broker.key_file=c",
        ),  # where the certificates lie
        ("window.length_s=60",),  # a default, said aloud
    ],
)
def test_the_hash_is_blind_to_where_files_lie(tmp_path: Path, settings: tuple[str, ...]) -> None:
    hashes = set()
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "box.toml").write_text(GOOD)
        hashes |= {
            load(tmp_path / name / "box.toml").sha256(),
            load(tmp_path / name / "box.toml", settings).sha256(),
        }
    assert len(hashes) == 1


def test_two_network_cameras_differ_in_the_hash_and_where_their_credentials_lie_does_not(
    file: Path,
) -> None:
    file.write_text(GOOD)
    cameras = [
        NETWORK,
        NETWORK.replace(".20", ".21"),
        NETWORK.replace("554", "555"),
        NETWORK.replace("/one", "/two"),
    ]
    assert len({load(file, (camera,)).sha256() for camera in cameras}) == len(cameras)
    elsewhere = NETWORK.replace("}", ', credentials_file = "word"}')
    assert load(file, (elsewhere,)).sha256() == load(file, (NETWORK,)).sha256()
    assert load(file, (elsewhere,)).camera.credentials_file == file.parent / "word"


def test_the_hash_is_64_hexadecimal_digits(file: Path) -> None:
    file.write_text(GOOD)
    assert len(bytes.fromhex(load(file).sha256())) == 32


@pytest.mark.parametrize(
    "setting",
    [
        "site=other",
        "device=other",
        "test_site=true",
        "camera.source=v4l2",
        "camera.fps=9",
        "camera.loss_after_s=20",
        "view={frame_width_px = 640, frame_height_px = 480}",
        'lines=[{id = "door", a = [0, 100], b = [200, 101]}]',
        'zones=[{id = "room", polygon = [[0, 0], [9, 0], [9, 9]]}]',
        "detector.model=yolox-nano",
        "detector.threads=2",
        NETWORK,
        "window.length_s=61",
        "window.release_offset_s=1",
        "window.clock=replay",
        "disclosure.rule=exact",
        "disclosure.epsilon=2",
        "disclosure.class_epsilon=0.5",
        "disclosure.capacity_bits_per_minute_max=181",
        "broker.host=localhost",
        "broker.port=1884",
        "store.bytes_max=300000",
    ],
)
def test_the_hash_changes_with_a_value(file: Path, setting: str) -> None:
    file.write_text(GOOD)
    assert load(file).sha256() != load(file, (setting,)).sha256()


@pytest.mark.parametrize(
    ("setting", "parameters"),
    [
        ("disclosure={}", (1000,)),  # epsilon in thousandths
        ("disclosure={epsilon = 0.05}", (50,)),  # the least
        ('disclosure={rule = "random_rounding", base = 5}', (5,)),  # the base
        ('disclosure={rule = "suppress_below", minimum = 20}', (20,)),  # the least that is said
        ('disclosure={rule = "buckets", edges = [0, 3, 9]}', (0, 3, 9)),  # the edges
        ('disclosure={rule = "exact"}', ()),  # none
    ],
)
def test_a_rule_travels_with_its_parameters(
    file: Path, setting: str, parameters: tuple[int, ...]
) -> None:
    file.write_text(GOOD)
    assert load(file, (setting,)).disclosure.parameters() == parameters


@pytest.mark.parametrize(
    ("setting", "thousandths"), [("disclosure={}", 0), ("disclosure={class_epsilon = 0.25}", 250)]
)
def test_what_a_class_costs_travels_in_thousandths(
    file: Path, setting: str, thousandths: int
) -> None:
    file.write_text(GOOD)
    assert load(file, (setting,)).disclosure.class_epsilon_thousandths() == thousandths


def test_what_a_record_may_say_follows_the_lines_and_zones(file: Path) -> None:
    file.write_text(
        GOOD + LINE.replace("door", "gate") + "count_max = 9\n" + ZONE + "count_max = 40\n" + GROUND
    )
    schema = load(file).record_schema()
    assert (schema.lines[1:], schema.zones) == ((9,), (40,))
    assert schema.lines[0] == load(file).line_caps()[0].count_max


def test_the_example_is_a_config() -> None:
    config = load(ROOT / "firmware_configs/examples/vtest.toml")
    assert [line.id for line in config.lines] == ["near", "lamp"]
    assert (config.camera.source, config.camera.path) == (Source.FILE, ROOT / "var/clips/vtest.avi")


def test_left_out_the_release_offset_is_drawn_from_the_name_and_spreads_a_fleet(file: Path) -> None:
    file.write_text(GOOD)
    drawn = [
        load(file, (f"device=pier-{number}", "window.length_s=60")).release_offset_s()
        for number in range(210)
    ]
    assert set(drawn) == set(range(21))
    assert max(drawn.count(offset) for offset in set(drawn)) < 30
    assert load(file, ("device=pier-1", "window.length_s=60")).release_offset_s() == drawn[1]
    assert (
        max(
            load(file, (f"device=pier-{number}", "window.length_s=10")).release_offset_s()
            for number in range(50)
        )
        == 3
    )
    assert load(file, ("window.length_s=2",)).release_offset_s() == 0
    assert load(file, ("window.release_offset_s=7",)).release_offset_s() == 7


def test_the_budget_of_a_passage_gives_each_number_its_epsilon_rounded_down(file: Path) -> None:
    file.write_text(GOOD + ZONE)
    config = load(file, ("disclosure.passage_epsilon=1",))
    assert (config.disclosure.epsilon, config.disclosure.parameters()) == (
        0.16,
        (160,),
    )  # one line, a zone in two windows, and .2 for the judgement of the detector
    assert load(
        file, ("disclosure.passage_epsilon=1", "disclosure.passage_s=180")
    ).disclosure.parameters() == (88,)
    assert load(
        file, ("disclosure.passage_epsilon=1", "window.length_s=10")
    ).disclosure.parameters() == (53,)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            ("disclosure.passage_epsilon=0.4",),
            "0.04 for each of the 5 numbers of a passage, wanted 0.05 or more",
        ),
        (
            ("disclosure.passage_epsilon=60",),
            "11.96 for each of the 5 numbers of a passage, wanted 10 or less",
        ),
        (
            ("disclosure.passage_epsilon=1", "disclosure.epsilon=1"),
            "epsilon and passage_epsilon are both given",
        ),
        (
            ("disclosure.passage_epsilon=1", "disclosure.rule=buckets"),
            "passage_epsilon belongs to discrete_laplace",
        ),
    ],
)
def test_a_budget_that_cannot_be_is_refused_with_what_to_change(
    file: Path, settings: tuple[str, ...], said: str
) -> None:
    assert said in "\n".join(refusal(file, GOOD + ZONE, *settings))

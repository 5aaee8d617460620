# SPDX-License-Identifier: Apache-2.0
"""What `edge-agent check` says of a config.

Its facts in words, and every reason why the box would not run.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from edge_agent.clock import Clock as BoxClock
from edge_agent.config.caps import Basis, Cap
from edge_agent.config.inside_frame import Drawn, hold_against
from edge_agent.config.paths import cards_directory, weights_directory
from edge_agent.config.privacy_loss import Spent, passage, right_share, stay
from edge_agent.config.schema import Config, load
from edge_agent.config.site_rules import (
    HEALTH_BITS,
    capacity_bits_per_minute,
    level_min,
    may_be_open,
    mistakes,
)
from edge_agent.errors import CameraError, ConfigError, EdgeAgentError
from edge_agent.keys import NOISE_KEY, SIGNING_KEY, check_private, read_secret
from edge_agent.models.card import read_card
from edge_agent.models.load import load_model
from edge_agent.process_settings import V4L2_DEFAULTS, Source
from edge_agent.processes.launch import view_settings
from edge_agent.processes.video_file import look_at
from edge_agent.store import layout
from wire_contract.messages.report import Clock as WindowClock
from wire_contract.messages.report import Level, RuleName


@dataclass(frozen=True, slots=True)
class Check:
    """What the config says, what is wrong with it, and what somebody should look at.

    A line each.
    """

    facts: tuple[str, ...]
    mistakes: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def check_config(path: Path, settings: tuple[str, ...]) -> Check:
    """Read the config and look at everything it names: model, keys, camera.

    Never raises for what it is there to find.
    """
    try:
        config = load(path, settings)
    except ConfigError as error:
        return Check((), tuple(str(error).splitlines()))
    found = obstacles(path, config) + _look(
        path, config, {"camera.path": _device, "store.directory": _really_kept}
    )
    drawn, unseen = _drawn_on_its_camera(path, config)
    turned = (f"{path}: {drawn.shape}",) if drawn.turned else ()
    told = (*found, *unseen, *(f"{path}: {mistake}" for mistake in drawn.mistakes), *turned)
    odd = (*drawn.warnings, *((drawn.shape,) if drawn.shape and not drawn.turned else ()))
    return Check(_facts(config), tuple(dict.fromkeys(told)), (*odd, *cap_warnings(config)))


def _drawn_on_its_camera(path: Path, config: Config) -> tuple[Drawn, tuple[str, ...]]:
    """Hold what is drawn against the camera's picture, and say why that cannot be seen.

    A network camera tells its size later.
    """
    camera, view = config.camera, view_settings(config)
    if camera.source is Source.FILE and camera.local_path.is_file():
        try:
            film = look_at(camera.local_path, fps=camera.fps)
        except CameraError as error:
            return Drawn((), ()), (f"{path}: camera.path: {error}",)
        drawn = hold_against(view, width_px=film.width_px, height_px=film.height_px)
        return replace(
            drawn, warnings=(*drawn.warnings, *((film.warning,) if film.warning else ()))
        ), ()
    if camera.source is Source.V4L2:
        return _drawn_on_v4l2(config), ()
    if view.frame_width_px is None or view.frame_height_px is None:
        return Drawn((), ()), ()
    return hold_against(view, width_px=view.frame_width_px, height_px=view.frame_height_px), ()


def _drawn_on_v4l2(config: Config) -> Drawn:
    """Hold what is drawn against the mode that an attached camera is set to."""
    width_px, height_px, *_ = V4L2_DEFAULTS
    camera = config.camera
    return hold_against(
        view_settings(config),
        width_px=camera.width_px or width_px,
        height_px=camera.height_px or height_px,
    )


def obstacles(path: Path, config: Config) -> tuple[str, ...]:
    """Return why a box with this config cannot start, a line each.

    A camera that is not plugged in is none: it may come.
    """
    refused = tuple(f"{path}: {mistake}" for mistake in mistakes(config, datetime.now(UTC).date()))
    if config.camera.source is Source.V4L2:
        refused += tuple(f"{path}: {mistake}" for mistake in _drawn_on_v4l2(config).mistakes)
    return refused + _look(
        path,
        config,
        {
            "detector.model": _model,
            "keys.directory": _keys,
            "camera.path": _file,
            "camera.credentials_file": _credentials,
            "store.directory": _kept,
        },
    )


def cap_warnings(config: Config) -> tuple[str, ...]:
    """Return why a count may be a lower bound although all is seen, a line each.

    Its cap is below what is possible.
    """
    low = tuple(
        f"{kind}s.{name}.count_max: got {cap.count_max}, but {_possible(kind, cap)}; from "
        f"{cap.count_max} on a number is told as a"
        f" lower bound: {_remedy(cap)}"
        for kind, name, cap in _caps(config)
        if cap.is_low
    )
    if config.disclosure.rule is not RuleName.SUPPRESS_BELOW:
        return low
    least = config.disclosure.minimum
    return low + tuple(
        f"{kind}s.{name}.count_max: got {cap.count_max}, under disclosure.minimum, {least}: no "
        "number will ever be shown"
        for kind, name, cap in _caps(config)
        if cap.count_max < least
    )


def _remedy(cap: Cap) -> str:
    if cap.configured is None:
        return "a record holds no more; shorten window.length_s, or draw less of it"
    return "leave count_max out, and it follows the metres"


def _caps(config: Config) -> tuple[tuple[str, str, Cap], ...]:
    lines = tuple(
        ("line", line.id, cap) for line, cap in zip(config.lines, config.line_caps(), strict=True)
    )
    return lines + tuple(
        ("zone", zone.id, cap) for zone, cap in zip(config.zones, config.zone_caps(), strict=True)
    )


def _possible(kind: str, cap: Cap) -> str:
    each, unit = (" each way", "m") if kind == "line" else ("", "m2")
    return (
        f"{cap.size:.1f} {unit} by {cap.basis} hold up to {cap.physical} people{each} in a window"
    )


def _cap_fact(kind: str, name: str, cap: Cap) -> str:
    """Say the cap of a line or zone, and what it follows from."""
    known, open_ended = cap.physical is not None, cap.configured is None
    said = f"{kind} {name}: count_max {cap.count_max}{'' if open_ended else ', as configured'}"
    said += ", the most that a record holds" * cap.is_cut + ", the default" * (
        open_ended and not known
    )
    if known:
        return f"{said}; {_possible(kind, cap)}"
    if cap.basis is Basis.NOTHING:
        return (
            f"{said}; how many it may hold is not known: ground_plane or person_heights would tell "
            "its metres"
        )
    return f"{said}; how many it may hold is not known: by {cap.basis} it reaches to the horizon"


def waiting_for_the_clock(config: Config, clock: BoxClock, *, began_s: float | None = None) -> str:
    """Say until when windows wait for a clock that is not synchronised; empty where none waits.

    began_s is the start (monotonic) of the first window that waits, now where none has begun.
    """
    if config.window.clock is WindowClock.REPLAY or clock.synchronised():
        return ""
    began_s = clock.monotonic_s() if began_s is None else began_s
    until_s = clock.utc_s() + began_s + config.window.clock_wait_s - clock.monotonic_s()
    until = datetime.fromtimestamp(until_s, UTC)
    return (
        f"windows wait for it until {until:%Y-%m-%d %H:%M:%S} UTC by this clock, then go as "
        "unsynchronised"
    )


def _look(
    path: Path, config: Config, looks: Mapping[str, Callable[[Config], None]]
) -> tuple[str, ...]:
    """Look at each part that the config names, and return what is wrong with it."""
    found = []
    for part, look in looks.items():
        try:
            look(config)
        except EdgeAgentError as error:
            found.append(f"{path}: {part}: {error}")
        except OSError as error:
            found.append(f"{path}: {part}: {error}; look at who may read it, and at its folder")
    return tuple(found)


def _facts(config: Config) -> tuple[str, ...]:
    bits = config.record_schema().capacity_bits()
    per_minute = capacity_bits_per_minute(config)
    ways = [f"line {line.id}: {_way(line.a, line.b)}" for line in config.lines]
    camera = config.camera
    unguarded = (
        f"camera: {camera.source} at {camera.host} port {camera.port}, "
        f"{Level.NETWORK_CAMERA}: its pictures cross a cable that"
        " nobody here guards"
    )
    return (
        (
            f"device {config.site}/{config.device}, "
            f"{'test site' if config.test_site else 'real site'}, config {config.sha256()[:16]}"
        ),
        *((unguarded,) if camera.source.is_network else ()),
        *ways,
        *(f"zone {zone.id}: {len(zone.polygon)} corners" for zone in config.zones),
        *(_cap_fact(*each) for each in _caps(config)),
        (
            f"rule {config.disclosure.rule} {list(config.disclosure.parameters())}, windows of "
            f"{config.window.length_s} s"
        ),
        *_losses(config),
        (
            f"capacity {bits:.1f} bits a window from the sensor and {HEALTH_BITS:.1f} of health, "
            f"{per_minute:.1f} bits a minute"
        ),
        *_hours(config, datetime.now().astimezone()),
        f"confinement: at least {level_min(config)}; what it is, the running box measures",
    )


def _losses(config: Config) -> tuple[str, ...]:
    """Say what one person spends, and how often the best attacker is right about them.

    That attacker knows all else; 50 % is chance.
    """
    disclosure, counted = config.disclosure, config.counted()
    if disclosure.rule is not RuleName.DISCRETE_LAPLACE:
        return (f"privacy loss: none can be stated, {disclosure.rule} is not differential privacy",)
    if disclosure.passage_epsilon is not None:
        budget = f"passage_epsilon {disclosure.passage_epsilon:g}"
        lead: tuple[str, ...] = (
            f"epsilon {disclosure.epsilon:g} for each number, from {budget} over a passage",
        )
    else:
        lead = ()
    passing, staying = passage(counted, disclosure.passage_s), stay(counted)
    return (
        *lead,
        f"privacy loss of a passage of {disclosure.passage_s} s: {_loss(passing, config)}",
        f"privacy loss of eight hours in a zone: {_loss(staying, config)}",
    )


def _loss(spent: Spent, config: Config) -> str:
    epsilon, counted = config.disclosure.epsilon, config.counted()
    loss = spent.loss_permille(epsilon, counted.class_epsilon)
    classes = f" and {spent.classes:,} classes" if spent.classes else ""
    best = (
        "the best attacker by the numbers is right in "
        f"{100 * right_share(spent.numbers, epsilon):.1f} % of all cases"
    )
    return f"{spent.numbers:,} numbers{classes}, epsilon {loss / 1000:g} in all; {best}"


def _hours(config: Config, now: datetime) -> tuple[str, ...]:
    """Say when the camera may be open, in which time, and what time that is now.

    A box in UTC opens at other hours than meant.
    """
    if config.purpose is None:
        return ()
    offset = now.strftime("%z")
    zone = f"{now.tzname()}, UTC{offset[:3]}:{offset[3:5]}"
    state = "open now" if may_be_open(config, now) else "closed now"
    hours = (
        f"hours: {config.purpose.active_hours} until {config.purpose.end_date}, in this box's "
        "local time"
    )
    return (f"{hours}, which is now {now:%H:%M} ({zone}): {state}",)


def _way(a: tuple[float, float], b: tuple[float, float]) -> str:
    """Say in words which way `in` is.

    From the left-hand side to the right-hand side of someone looking from A to B.
    """
    across_x, across_y = a[1] - b[1], b[0] - a[0]
    if abs(across_x) >= abs(across_y):
        return (
            "in is walking left to right in the picture"
            if across_x > 0
            else "in is walking right to left in the picture"
        )
    return "in is walking down the picture" if across_y > 0 else "in is walking up the picture"


def _model(config: Config) -> None:
    card = read_card(cards_directory() / config.detector.model)
    load_model(card, weights_directory() / card.onnx_name)


def _keys(config: Config) -> None:
    for name in (SIGNING_KEY, NOISE_KEY):
        read_secret(config.keys.directory / name)


def _file(config: Config) -> None:
    if config.camera.source is Source.FILE and not config.camera.local_path.is_file():
        raise ConfigError(f"{config.camera.path}: no such file; correct the path")


def _kept(config: Config) -> None:
    layout.look(config.store.directory)


def _really_kept(config: Config) -> None:
    layout.try_out(config.store.directory)


def _credentials(config: Config) -> None:
    if config.camera.credentials_file is not None:
        check_private(config.camera.credentials_file)


def _device(config: Config) -> None:
    if config.camera.source is Source.V4L2 and not config.camera.local_path.is_char_device():
        raise ConfigError(f"{config.camera.path}: no such camera; is it plugged in? ls /dev/video*")

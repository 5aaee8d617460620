# SPDX-License-Identifier: Apache-2.0
"""From a box's config to what each of its processes gets: plain values, and a place to be in.

Whoever starts the processes takes them from here: the supervisor, and the units of systemd.
"""

from dataclasses import dataclass
from pathlib import Path

from edge_agent import __version__
from edge_agent.clock import SystemClock, aligned_origin_s, boot_id
from edge_agent.config.paths import cards_directory, weights_directory
from edge_agent.config.privacy_loss import passage, stay
from edge_agent.config.schema import Config
from edge_agent.config.sections.scene import Line, Zone
from edge_agent.confinement.enter import Plan
from edge_agent.confinement.firewall import Firewall
from edge_agent.confinement.kernel import namespaces
from edge_agent.confinement.kernel.namespaces import User
from edge_agent.confinement.probe import Expected
from edge_agent.confinement.tables import visible_files
from edge_agent.confinement.tables.policy import Role
from edge_agent.keys import NOISE_KEY, SIGNING_KEY
from edge_agent.models.added import file_sha256, record_path
from edge_agent.models.card import Card, read_card
from edge_agent.process_settings import (
    CalibrationSettings,
    CameraSettings,
    DetectorSettings,
    FeederSettings,
    GateSettings,
    GroundSettings,
    LineSettings,
    SensorSettings,
    SlotSettings,
    Source,
    StatedSettings,
    UplinkSettings,
    ViewSettings,
    ZoneSettings,
)  # fmt: skip
from edge_agent.store.layout import OUTBOX_FILE, OUTBOX_FOLDER, named
from wire_contract.messages.report import Clock, RuleName

DRAIN_S = 20.0
TALLIED_BIAS_PERMILLE_MAX = 300
"""A zone may go by the tallies of the lines where they say that no more of the people are missed:
the bound from which a count is a lower bound."""
"""How long gate and uplink may each take at the end to sign what has closed and to send what
waits."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a child is to be, and what should then be seen of it from outside."""

    plan: Plan
    expected: Expected


@dataclass(frozen=True, slots=True)
class Run:
    """What the processes of one run have in common: their slots, and the boot they run in."""

    slots: SlotSettings
    boot: str


def begin_run(config: Config) -> Run:
    """Cut time into the slots of a run that begins now."""
    replay = config.window.clock is Clock.REPLAY
    origin_s = 0.0 if replay else aligned_origin_s(SystemClock(), config.window.length_s)
    return Run(
        SlotSettings(origin_s=origin_s, length_s=config.window.length_s, replay=replay), boot_id()
    )


def outbox_path(config: Config) -> Path:
    """Return the file that the gate fills and the uplink empties."""
    return config.store.directory / OUTBOX_FOLDER / OUTBOX_FILE


def lay_out_store(config: Config, *, separate: bool) -> None:
    """Make the folders that gate and uplink write to; separate: and give them to their users.

    Raises StoreError where the disk will not do.
    """
    outbox, store = outbox_path(config).parent, config.store.directory
    with named(store):
        outbox.mkdir(parents=True, exist_ok=True)
        if separate:
            gate = User(visible_files.GATE_UID, visible_files.GATE_UID)
            shared = User(visible_files.GATE_UID, visible_files.OUTBOX_GID)
            namespaces.hand_over(str(store), user=gate, mode=0o700, file_mode=0o600)
            namespaces.hand_over(str(outbox), user=shared, mode=0o2770, file_mode=0o660)


def card_of(config: Config) -> Card:
    """Return the card of the config's model. Raises ModelError."""
    return read_card(cards_directory() / config.detector.model)


def model_paths(config: Config) -> tuple[str, ...]:
    """Return what the sensor reads of its model: card, file, and what gives a hash to its card."""
    card = card_of(config)
    weights = weights_directory() / card.onnx_name
    record = () if card.sha256 else (str(record_path(weights)),)
    return str(cards_directory() / card.name), str(weights), *record


def place_of(
    role: Role, config: Config, *, channel_fd: int, feed_fd: int | None = None, separate: bool
) -> Place:
    """Return where sensor, gate or uplink is to be.

    channel_fd: the sensor's end of the channel.
    """
    if role is Role.SENSOR:
        return sensor_place(config, channel_fd=channel_fd, feed_fd=feed_fd, separate=separate)
    return (gate_place if role is Role.GATE else uplink_place)(config, separate=separate)


def settings_of(
    role: Role, config: Config, run: Run, *, channel_fd: int, feed_fd: int | None = None
) -> SensorSettings | GateSettings | UplinkSettings:
    """Return what sensor, gate or uplink gets; channel_fd: its own end of the channel."""
    if role is Role.SENSOR:
        return sensor_settings(config, run, channel_fd=channel_fd, feed_fd=feed_fd)
    if role is Role.GATE:
        return gate_settings(config, run, channel_fd=channel_fd)
    return uplink_settings(config, run)


def sensor_place(config: Config, *, channel_fd: int, feed_fd: int | None, separate: bool) -> Place:
    """Return where the sensor is to be; separate.

    Whether it gets its own user and namespaces, which only root can give.

    feed_fd is the pipe from a feeder, None where the sensor has a camera or file of its own.
    """
    camera = config.camera
    device = str(camera.path) if camera.source is Source.V4L2 else None
    file = str(camera.path) if camera.source is Source.FILE else None
    view = visible_files.sensor_view(
        reads=(*model_paths(config), *((file,) if file else ())),
        camera_device=device,
        is_live=camera.source is not Source.FILE,
    )
    groups = (camera.local_path.stat().st_gid,) if device and camera.local_path.exists() else ()
    user = User(visible_files.SENSOR_UID, visible_files.SENSOR_UID, groups) if separate else None
    expected = Expected(
        Role.SENSOR,
        user,
        channel_fd=channel_fd,
        camera_path=device,
        file_path=file,
        feed_fd=feed_fd,
        sense_path=None if camera.source is Source.FILE else visible_files.THERMAL,
    )
    return Place(Plan(view=view, user=user, network=False, umask=0o077), expected)


def feeder_place(config: Config, *, feed_fd: int, firewall: Firewall) -> Place:
    """Return where the feeder of a network camera is to be.

    With the machine's network, behind a firewall of its own.
    """
    credentials = config.camera.credentials_file
    user = User(visible_files.FEEDER_UID, visible_files.FEEDER_UID)
    view = visible_files.feeder_view(credentials=(str(credentials),) if credentials else ())
    expected = Expected(Role.FEEDER, user, channel_fd=feed_fd, firewall=firewall)
    return Place(Plan(view=view, user=user, network=True, umask=0o077), expected)


def gate_place(config: Config, *, separate: bool) -> Place:
    """Return where the gate is to be."""
    keys, store = config.keys.directory, str(config.store.directory)
    user = (
        User(visible_files.GATE_UID, visible_files.GATE_UID, (visible_files.OUTBOX_GID,))
        if separate
        else None
    )
    view = visible_files.gate_view(
        store=store, keys=(str(keys / SIGNING_KEY), str(keys / NOISE_KEY))
    )
    return Place(
        Plan(view=view, user=user, network=False, umask=0o007),
        Expected(Role.GATE, user, writable=(store,)),
    )


def uplink_place(config: Config, *, separate: bool) -> Place:
    """Return where the uplink is to be."""
    broker, outbox = config.broker, str(outbox_path(config).parent)
    tls = tuple(
        str(path)
        for path in (broker.ca_file, broker.certificate_file, broker.key_file)
        if path is not None
    )
    user = (
        User(visible_files.UPLINK_UID, visible_files.UPLINK_UID, (visible_files.OUTBOX_GID,))
        if separate
        else None
    )
    view = visible_files.uplink_view(outbox=outbox, tls=tls)
    return Place(
        Plan(view=view, user=user, network=True, umask=0o007),
        Expected(Role.UPLINK, user, writable=(outbox,)),
    )


def sensor_settings(
    config: Config, run: Run, *, channel_fd: int, feed_fd: int | None
) -> SensorSettings:
    """Return what the sensor gets."""
    return SensorSettings(
        channel_fd=channel_fd,
        camera=camera_settings(config, feed_fd=feed_fd),
        detector=detector_settings(config),
        view=view_settings(config),
        slots=run.slots,
        tallied=is_tallied(config),
    )


def is_tallied(config: Config) -> bool:
    """Say whether tallies tell what the detector misses in this scene.

    Every line has one. A zone has none of its own: it may go by the lines' where they say that at
    most TALLIED_BIAS_PERMILLE_MAX of the people are missed.
    """
    biases = [line.bias_permille for line in config.lines]
    known = [bias for bias in biases if bias is not None]
    return (
        bool(biases)
        and len(known) == len(biases)
        and (not config.zones or max(map(abs, known)) <= TALLIED_BIAS_PERMILLE_MAX)
    )


def feeder_settings(config: Config, *, feed_fd: int) -> FeederSettings:
    """Return what the feeder of a network camera gets."""
    camera = config.camera
    return FeederSettings(
        feed_fd=feed_fd,
        source=camera.source,
        host=str(camera.host),
        port=int(camera.port or 0),
        url_path=camera.url_path,
        credentials_path=str(camera.credentials_file) if camera.credentials_file else None,
        fps=camera.fps,
        loss_after_s=camera.loss_after_s,
    )


def gate_settings(config: Config, run: Run, *, channel_fd: int) -> GateSettings:
    """Return what the gate gets. Which level its reports say it hears with the word to begin."""
    card = card_of(config)
    return GateSettings(
        channel_fd=channel_fd,
        site=config.site,
        device=config.device,
        boot=run.boot,
        config_sha256=config.sha256(),
        software=__version__,
        model=config.detector.model,
        model_sha256=file_sha256(card, weights_directory() / card.onnx_name),
        slots=run.slots,
        replay_epoch_s=config.window.replay_epoch_s,
        release_offset_s=config.release_offset_s(),
        clock_wait_s=config.window.clock_wait_s,
        line_ids=tuple(line.id for line in config.lines),
        line_max=config.record_schema().lines,
        line_calibrations=tuple(
            None
            if line.bias_permille is None or line.spread_permille is None
            else CalibrationSettings(line.bias_permille, line.spread_permille)
            for line in config.lines
        ),
        zone_ids=tuple(zone.id for zone in config.zones),
        zone_max=config.record_schema().zones,
        rule=config.disclosure.rule,
        rule_parameters=config.disclosure.parameters(),
        class_epsilon=config.disclosure.class_epsilon_thousandths(),
        capacity_bits_per_minute_max=config.disclosure.capacity_bits_per_minute_max,
        store_directory=str(config.store.directory),
        store_bytes_max=config.store.bytes_max,
        payload_days=config.store.payload_days,
        outbox_path=str(outbox_path(config)),
        signing_key_path=str(config.keys.directory / SIGNING_KEY),
        noise_key_path=str(config.keys.directory / NOISE_KEY),
        stated=_stated(config),
    )


def _stated(config: Config) -> StatedSettings:
    lines, zones = (
        tuple(_configured(one) for one in drawn) for drawn in (config.lines, config.zones)
    )
    disclosure, counted = config.disclosure, config.counted()
    if disclosure.rule is not RuleName.DISCRETE_LAPLACE:
        return StatedSettings(line_max_configured=lines, zone_max_configured=zones)
    passing, staying = passage(counted, disclosure.passage_s), stay(counted)
    return StatedSettings(
        disclosure.passage_s,
        passing.loss_permille(disclosure.epsilon, counted.class_epsilon),
        staying.loss_permille(disclosure.epsilon, counted.class_epsilon),
        lines,
        zones,
    )


def _configured(counted: Line | Zone) -> int | None:
    """Return the cap that the config states itself."""
    return counted.count_max if "count_max" in counted.model_fields_set else None


def uplink_settings(config: Config, run: Run) -> UplinkSettings:
    """Return what the uplink gets."""
    broker = config.broker
    return UplinkSettings(
        site=config.site,
        device=config.device,
        boot=run.boot,
        outbox_path=str(outbox_path(config)),
        outbox_bytes_max=config.store.bytes_max,
        drain_s=DRAIN_S,
        host=broker.host,
        port=broker.port,
        protocol=broker.protocol,
        ca_path=str(broker.ca_file) if broker.ca_file else None,
        certificate_path=str(broker.certificate_file) if broker.certificate_file else None,
        key_path=str(broker.key_file) if broker.key_file else None,
    )


def camera_settings(config: Config, *, feed_fd: int | None = None) -> CameraSettings:
    """Return the camera's part of the config as plain values.

    A replayed file is read as fast as possible.
    """
    camera = config.camera
    return CameraSettings(
        source=camera.source,
        path="" if camera.path is None else str(camera.path),
        fps=camera.fps,
        width_px=camera.width_px,
        height_px=camera.height_px,
        fourcc=camera.fourcc,
        loss_after_s=camera.loss_after_s,
        paced=camera.source is Source.FILE and config.window.clock is Clock.LIVE,
        feed_fd=feed_fd,
    )


def detector_settings(config: Config) -> DetectorSettings:
    """Return the detector's part of the config as plain values."""
    detector = config.detector
    return DetectorSettings(
        model=detector.model,
        cards_directory=str(cards_directory()),
        weights_directory=str(weights_directory()),
        input_width_px=detector.input_width_px,
        input_height_px=detector.input_height_px,
        keep_aspect=detector.keep_aspect,
        confidence_min=detector.confidence_min,
        confidence_high=detector.confidence_high,
        overlap_max=detector.overlap_max,
        threads=detector.threads,
        provider=detector.provider,
        full_look_s=detector.full_look_s,
        crop=detector.crop,
        tiles_each=detector.tiles_each,
        rate_min_hz=detector.rate_min_hz,
    )


def view_settings(config: Config) -> ViewSettings:
    """Return lines, zones and ground plane as plain values."""
    ground, largest = config.ground_plane, config.record_schema()
    return ViewSettings(
        frame_width_px=config.view.frame_width_px if config.view else None,
        frame_height_px=config.view.frame_height_px if config.view else None,
        lines=tuple(
            LineSettings(line.id, line.a, line.b, cap)
            for line, cap in zip(config.lines, largest.lines, strict=True)
        ),
        zones=tuple(
            ZoneSettings(zone.id, zone.polygon, cap)
            for zone, cap in zip(config.zones, largest.zones, strict=True)
        ),
        masks=tuple(mask.polygon for mask in config.masks),
        ground=GroundSettings(ground.pixels, ground.metres) if ground else None,
        person_heights=tuple((one.row_px, one.height_px) for one in config.person_heights),
    )

# SPDX-License-Identifier: Apache-2.0
"""What each room may import, name by name.

A list of what is forbidden would forget something, ftplib for one.
"""

import ast
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# Values, types and arithmetic: no file, no clock, no network, no other program.
PLAIN = (
    "__future__ abc collections dataclasses enum fractions functools itertools math operator re "
    "struct types typing"
)
ON_DISK = f"{PLAIN} contextlib errno hashlib json logging os pathlib stat time uuid"
PROCESS = f"{ON_DISK} select signal sys threading"


@dataclass(frozen=True)
class Room:
    """The other rooms a room may know, and the modules from outside.

    The standard library's and those of the lock.
    """

    rooms: str
    outside: str


ROOMS = {
    "wire_contract": Room(
        "wire_contract.programs.shipped",
        f"{PLAIN} binascii hashlib json",
    ),
    # What an installation has and lacks: words for messages, nothing that travels.
    "wire_contract.programs.backoff": Room(
        "",
        f"{PLAIN} random",
    ),
    # The signed file that a person carries from a box to the centre: nothing that travels.
    "wire_contract.programs.box_paper": Room(
        "wire_contract",
        f"{PLAIN} binascii json",
    ),
    # How both sides read a config's text.
    "wire_contract.programs.config_text": Room(
        "wire_contract wire_contract.programs.shipped",
        f"{PLAIN} tomllib",
    ),
    "wire_contract.programs.extras": Room(
        "",
        f"{PLAIN} importlib sys",
    ),
    "wire_contract.programs.shipped": Room(
        "",
        f"{PLAIN} pathlib sys",
    ),
    # The signed file that a person carries from an auditor to the centre: the same.
    "wire_contract.programs.signed_audit": Room(
        "wire_contract",
        f"{PLAIN} binascii",
    ),
    "edge_agent.backoff": Room(
        "wire_contract.programs.backoff",
        PLAIN,
    ),
    "edge_agent.channel": Room(
        "edge_agent.errors",
        PLAIN,
    ),
    "edge_agent.cli": Room(
        "edge_agent.commands edge_agent.config.paths edge_agent.errors "
        "wire_contract.programs.extras",
        f"{PLAIN} importlib sys typer",
    ),
    "edge_agent.clock": Room(
        "",
        f"{PLAIN} ctypes pathlib time",
    ),
    "edge_agent.commands": Room(
        "edge_agent.clock edge_agent.config.calibration_file edge_agent.config.paths "
        "edge_agent.config.schema edge_agent.evidence edge_agent.evidence.witness edge_agent.keys "
        "edge_agent.models.card edge_agent.operations.calibrate edge_agent.operations.commission "
        "edge_agent.operations.doctor edge_agent.operations.enrol edge_agent.operations.models "
        "edge_agent.operations.person_size edge_agent.processes edge_agent.processes.launch "
        "edge_agent.processes.preflight edge_agent.store edge_agent.transparency "
        "edge_agent.uplink wire_contract wire_contract.programs.extras",
        f"{PLAIN} cryptography datetime json logging pathlib shutil signal sys textwrap time typer",
    ),
    "edge_agent.config": Room(
        "",
        PLAIN,
    ),
    "edge_agent.config.calibration_file": Room(
        "edge_agent.errors",
        f"{PLAIN} pathlib pydantic",
    ),
    # What a window can hold by metres; the config works it out.
    "edge_agent.config.caps": Room(
        "edge_agent.config.geometry edge_agent.process_settings wire_contract",
        PLAIN,
    ),
    # The config: each section by itself, what they must be together, and the whole.
    "edge_agent.config.checks": Room(
        "edge_agent.config.privacy_loss edge_agent.config.sections edge_agent.process_settings "
        "wire_contract",
        PLAIN,
    ),
    "edge_agent.config.geometry": Room(
        "edge_agent.process_settings",
        PLAIN,
    ),
    "edge_agent.config.inside_frame": Room(
        "edge_agent.config.geometry edge_agent.process_settings",
        PLAIN,
    ),
    "edge_agent.config.messages": Room(
        "edge_agent.errors wire_contract.programs.config_text wire_contract.programs.shipped",
        f"{PLAIN} pathlib pydantic_core",
    ),
    "edge_agent.config.paths": Room(
        "",
        f"{PLAIN} os pathlib sys",
    ),
    # The draw of the noise: bits of a secret, and arithmetic in whole numbers.
    "edge_agent.config.privacy_loss": Room(
        "",
        PLAIN,
    ),
    "edge_agent.config.schema": Room(
        "edge_agent.channel edge_agent.config edge_agent.config.calibration_file "
        "edge_agent.config.caps edge_agent.config.checks edge_agent.config.geometry "
        "edge_agent.config.messages edge_agent.config.privacy_loss edge_agent.config.sections "
        "edge_agent.errors wire_contract",
        f"{PLAIN} hashlib json pathlib pydantic tomllib",
    ),
    "edge_agent.config.sections": Room(
        "edge_agent.config.geometry edge_agent.config.privacy_loss edge_agent.process_settings "
        "wire_contract",
        f"{PLAIN} datetime ipaddress pathlib pydantic",
    ),
    "edge_agent.config.signed_config": Room(
        "edge_agent.errors wire_contract",
        f"{PLAIN} base64 cryptography datetime hashlib",
    ),
    "edge_agent.config.site_rules": Room(
        "edge_agent.config.geometry edge_agent.config.schema edge_agent.process_settings "
        "wire_contract",
        f"{PLAIN} datetime",
    ),
    "edge_agent.confinement": Room(
        "edge_agent.errors wire_contract wire_contract.programs.extras",
        f"{PLAIN} base64 contextlib ctypes json logging os pathlib platform resource select shutil "
        "signal subprocess sys time",
    ),
    "edge_agent.confinement.broker_wall": Room(
        "",
        f"{PLAIN} ipaddress json os shutil subprocess",
    ),
    # Only the supervisor's side of the lock-down, which measures: it lays the feeder's firewall and
    # knocks at it.
    "edge_agent.confinement.firewall": Room(
        "edge_agent.errors",
        f"{PLAIN} contextlib ipaddress json os shutil socket subprocess",
    ),
    "edge_agent.confinement.probe": Room(
        "edge_agent.confinement edge_agent.confinement.firewall edge_agent.errors wire_contract",
        f"{PLAIN} contextlib os pathlib signal",
    ),
    "edge_agent.counting": Room(
        "edge_agent.errors",
        f"{PLAIN} lap numpy",
    ),
    "edge_agent.disclosure": Room(
        "edge_agent.channel edge_agent.disclosure.interval edge_agent.disclosure.noise "
        "wire_contract",
        PLAIN,
    ),
    # How sure a released number is: arithmetic on what has been released.
    "edge_agent.disclosure.interval": Room(
        "wire_contract",
        f"{PLAIN} bisect",
    ),
    # What a box says of itself at its start; nothing in it depends on the scene.
    "edge_agent.disclosure.meta": Room(
        "edge_agent.channel edge_agent.disclosure edge_agent.disclosure.interval "
        "edge_agent.process_settings wire_contract",
        PLAIN,
    ),
    "edge_agent.disclosure.noise": Room(
        "",
        f"{PLAIN} hashlib hmac",
    ),
    "edge_agent.errors": Room(
        "",
        PLAIN,
    ),
    # The tree over what has gone: the gate grows it, others read it.
    "edge_agent.evidence": Room(
        "edge_agent.errors edge_agent.store edge_agent.store.layout wire_contract",
        f"{PLAIN} base64 binascii contextlib cryptography datetime json pathlib sqlite3",
    ),
    "edge_agent.evidence.witness": Room(
        "edge_agent.errors edge_agent.evidence edge_agent.store wire_contract",
        f"{PLAIN} cryptography json logging paho pathlib ssl time",
    ),
    "edge_agent.health": Room(
        "edge_agent.errors",
        f"{PLAIN} os pathlib",
    ),
    "edge_agent.keys": Room(
        "edge_agent.errors",
        f"{PLAIN} base64 binascii cryptography os pathlib secrets",
    ),
    "edge_agent.models": Room(
        "edge_agent.errors edge_agent.models.added edge_agent.models.card "
        "edge_agent.models.layouts",
        f"{PLAIN} hashlib pathlib",
    ),
    "edge_agent.models.added": Room(
        "edge_agent.errors edge_agent.models.card edge_agent.models.card_table "
        "edge_agent.models.read_layouts",
        f"{PLAIN} pathlib tomllib",
    ),
    # A model's card holds no pixel: who only reads it needs nothing else of that room.
    "edge_agent.models.card": Room(
        "edge_agent.errors edge_agent.models.card_table edge_agent.models.layouts "
        "edge_agent.models.read_layouts edge_agent.models.thresholds",
        f"{PLAIN} pathlib tomllib",
    ),
    "edge_agent.models.card_table": Room(
        "",
        PLAIN,
    ),
    "edge_agent.models.layouts": Room(
        "",
        PLAIN,
    ),
    "edge_agent.models.read_layouts": Room(
        "edge_agent.models.card_table edge_agent.models.layouts",
        PLAIN,
    ),
    # From which confidence on a detection counts, as a card says.
    "edge_agent.models.thresholds": Room(
        "edge_agent.models.card_table",
        PLAIN,
    ),
    "edge_agent.operations": Room(
        "",
        PLAIN,
    ),
    "edge_agent.operations.calibrate": Room(
        "edge_agent.config.calibration_file edge_agent.config.schema edge_agent.config.sections "
        "edge_agent.disclosure.interval edge_agent.errors edge_agent.evidence wire_contract",
        f"{PLAIN} os pathlib",
    ),
    "edge_agent.operations.camera_advice": Room(
        "edge_agent.errors edge_agent.processes.camera_state",
        PLAIN,
    ),
    # The one room that holds a socket and positions together, and no part of a box that publishes.
    "edge_agent.operations.commission": Room(
        "edge_agent.channel edge_agent.clock edge_agent.config.messages edge_agent.config.schema "
        "edge_agent.confinement edge_agent.confinement.probe edge_agent.errors edge_agent.keys "
        "edge_agent.process_settings edge_agent.processes edge_agent.processes.gate "
        "edge_agent.processes.launch edge_agent.processes.preflight edge_agent.store.layout "
        "wire_contract",
        f"{PLAIN} contextlib cryptography datetime hashlib html ipaddress json logging numpy os "
        "pathlib secrets segno select signal socket sys tempfile time tomllib",
    ),
    # What of it has a socket: nothing of the box.
    "edge_agent.operations.commission.page.page_server": Room(
        "edge_agent.confinement edge_agent.operations.commission edge_agent.process_settings",
        f"{PLAIN} logging os pathlib select socket ssl sys time",
    ),
    # What of it sees pictures: no socket.
    "edge_agent.operations.commission.surveyor": Room(
        "edge_agent.confinement edge_agent.counting edge_agent.operations.commission "
        "edge_agent.process_settings edge_agent.processes.sensor edge_agent.vision "
        "edge_agent.vision.assembly",
        f"{PLAIN} logging numpy os sys threading time",
    ),
    "edge_agent.operations.doctor": Room(
        "edge_agent.clock edge_agent.config.schema edge_agent.errors edge_agent.evidence "
        "edge_agent.health edge_agent.keys edge_agent.operations "
        "edge_agent.operations.camera_advice edge_agent.operations.commission "
        "edge_agent.processes edge_agent.processes.camera_state edge_agent.processes.launch "
        "edge_agent.processes.preflight edge_agent.store edge_agent.store.layout "
        "edge_agent.uplink wire_contract wire_contract.programs.shipped",
        f"{PLAIN} contextlib cryptography datetime json os pathlib sqlite3",
    ),
    "edge_agent.operations.enrol": Room(
        "edge_agent.config.paths edge_agent.errors edge_agent.keys "
        "edge_agent.operations.enrolment_link wire_contract wire_contract.programs.config_text "
        "wire_contract.programs.shipped",
        f"{PLAIN} base64 cryptography hashlib os pathlib sys urllib",
    ),
    "edge_agent.operations.enrolment_link": Room(
        "edge_agent.errors wire_contract",
        f"{PLAIN} cryptography datetime http socket ssl sys time",
    ),
    "edge_agent.operations.models": Room(
        "edge_agent.config.paths edge_agent.config.schema edge_agent.counting edge_agent.errors "
        "edge_agent.models edge_agent.models.added edge_agent.models.card "
        "edge_agent.models.layouts edge_agent.operations.models.download edge_agent.vision "
        "wire_contract.programs.shipped",
        f"{PLAIN} cv2 datetime hashlib numpy onnx os pathlib subprocess sys tempfile zipfile",
    ),
    # Brings one file over https, and knows nothing of models.
    "edge_agent.operations.models.download": Room(
        "edge_agent.errors",
        f"{PLAIN} email hashlib http pathlib ssl time urllib",
    ),
    "edge_agent.operations.person_size": Room(
        "edge_agent.config.paths edge_agent.config.schema edge_agent.errors "
        "edge_agent.models.card edge_agent.processes.launch edge_agent.vision.view",
        f"{PLAIN} pathlib",
    ),
    "edge_agent.process_settings": Room(
        "",
        f"{PLAIN} json os",
    ),
    "edge_agent.processes": Room(
        "edge_agent.backoff edge_agent.config.paths edge_agent.config.schema "
        "edge_agent.config.site_rules edge_agent.confinement edge_agent.confinement.firewall "
        "edge_agent.confinement.probe edge_agent.errors edge_agent.keys "
        "edge_agent.process_settings edge_agent.processes.admit_broker "
        "edge_agent.processes.camera_state edge_agent.processes.launch "
        "edge_agent.processes.preflight edge_agent.uplink.broker_files wire_contract "
        "wire_contract.programs.extras",
        f"{PLAIN} contextlib datetime errno fcntl json logging os pathlib select signal stat "
        "subprocess sys time",
    ),
    "edge_agent.processes.admit_broker": Room(
        "edge_agent.config.signed_config edge_agent.confinement.broker_wall edge_agent.errors "
        "edge_agent.uplink.broker_files",
        f"{PLAIN} contextlib cryptography datetime hashlib json logging os pathlib sys",
    ),
    # How the camera stands: a word in the store, written by who starts the box, read by the gate
    # and by who stands beside it.
    "edge_agent.processes.camera_state": Room(
        "edge_agent.errors",
        f"{PLAIN} contextlib logging os pathlib time",
    ),
    # What a slot counted, before it is said.
    "edge_agent.processes.counted_window": Room(
        "edge_agent.channel edge_agent.counting edge_agent.vision wire_contract",
        f"{PLAIN} os",
    ),
    "edge_agent.processes.feeder": Room(
        "edge_agent.confinement edge_agent.errors edge_agent.process_settings edge_agent.vision",
        f"{PLAIN} logging numpy os pathlib select sys threading time",
    ),
    "edge_agent.processes.gate": Room(
        "edge_agent.channel edge_agent.clock edge_agent.confinement edge_agent.disclosure "
        "edge_agent.disclosure.interval edge_agent.disclosure.meta edge_agent.errors "
        "edge_agent.health edge_agent.keys edge_agent.process_settings "
        "edge_agent.processes.camera_state edge_agent.signing edge_agent.store.pending_window "
        "wire_contract",
        f"{PLAIN} logging os pathlib secrets select sys",
    ),
    "edge_agent.processes.launch": Room(
        "edge_agent.clock edge_agent.config.paths edge_agent.config.privacy_loss "
        "edge_agent.config.schema edge_agent.config.sections edge_agent.confinement "
        "edge_agent.confinement.firewall edge_agent.confinement.probe edge_agent.keys "
        "edge_agent.models.added edge_agent.models.card edge_agent.process_settings "
        "edge_agent.store.layout wire_contract",
        f"{PLAIN} pathlib",
    ),
    "edge_agent.processes.preflight": Room(
        "edge_agent.clock edge_agent.config.caps edge_agent.config.inside_frame "
        "edge_agent.config.paths edge_agent.config.privacy_loss edge_agent.config.schema "
        "edge_agent.config.site_rules edge_agent.errors edge_agent.keys edge_agent.models "
        "edge_agent.models.card edge_agent.process_settings edge_agent.processes.launch "
        "edge_agent.processes.video_file edge_agent.store edge_agent.store.layout wire_contract",
        f"{PLAIN} datetime pathlib",
    ),
    # The wirings. Each knows the rooms of its own process and nothing of the others.
    "edge_agent.processes.sensor": Room(
        "edge_agent.channel edge_agent.clock edge_agent.config.inside_frame "
        "edge_agent.confinement edge_agent.counting edge_agent.errors edge_agent.process_settings "
        "edge_agent.processes.counted_window edge_agent.vision edge_agent.vision.assembly "
        "edge_agent.vision.view",
        f"{PLAIN} logging numpy os sys threading",
    ),
    "edge_agent.processes.uplink": Room(
        "edge_agent.clock edge_agent.confinement edge_agent.errors edge_agent.health "
        "edge_agent.process_settings edge_agent.store.layout edge_agent.store.outbox "
        "edge_agent.uplink edge_agent.uplink.heard edge_agent.uplink.sent",
        f"{PLAIN} logging pathlib random ssl sys time",
    ),
    "edge_agent.processes.video_file": Room(
        "edge_agent.errors",
        f"{PLAIN} os pathlib subprocess sys",
    ),
    # Opens a file once, before a box runs on it, and says how large its frames are.
    "edge_agent.processes.video_probe": Room(
        "edge_agent.confinement edge_agent.errors edge_agent.vision",
        f"{PLAIN} os pathlib sys",
    ),
    # From disclosed windows to signed entries in the outbox; only `signature` holds the key.
    "edge_agent.signing": Room(
        "edge_agent.clock edge_agent.disclosure edge_agent.errors edge_agent.process_settings "
        "edge_agent.signing.signature edge_agent.store edge_agent.store.compaction "
        "edge_agent.store.heard edge_agent.store.layout edge_agent.store.outbox "
        "edge_agent.store.pending_window edge_agent.store.recovery edge_agent.store.release_mark "
        "edge_agent.store.sqlite_file wire_contract",
        f"{PLAIN} logging os pathlib",
    ),
    "edge_agent.signing.signature": Room(
        "edge_agent.clock edge_agent.store edge_agent.store.release_mark wire_contract",
        f"{PLAIN} cryptography logging",
    ),
    "edge_agent.store": Room(
        "edge_agent.errors edge_agent.store.layout edge_agent.store.pending_window "
        "edge_agent.store.release_mark edge_agent.store.sqlite_file wire_contract",
        f"{PLAIN} contextlib hashlib pathlib uuid",
    ),
    "edge_agent.store.compaction": Room(
        "edge_agent.store.pending_window",
        PLAIN,
    ),
    # What the centre holds of a stream, as a row in the outbox; and what is put out again for one
    # that has lost something.
    "edge_agent.store.heard": Room(
        "edge_agent.store.sqlite_file",
        PLAIN,
    ),
    "edge_agent.store.layout": Room(
        "edge_agent.errors",
        f"{PLAIN} contextlib errno os pathlib",
    ),
    "edge_agent.store.outbox": Room(
        "edge_agent.store.heard edge_agent.store.sqlite_file",
        f"{PLAIN} pathlib",
    ),
    # A disclosed window that waits, and which of them one may stand for.
    "edge_agent.store.pending_window": Room(
        "edge_agent.disclosure",
        PLAIN,
    ),
    # What the gate does when its files are damaged, and when they are full.
    "edge_agent.store.recovery": Room(
        "edge_agent.store edge_agent.store.layout wire_contract",
        f"{PLAIN} json logging pathlib",
    ),
    # Up to when has been released, as a row in the gate's files.
    "edge_agent.store.release_mark": Room(
        "edge_agent.errors edge_agent.store.sqlite_file",
        f"{PLAIN} fcntl hashlib os pathlib",
    ),
    "edge_agent.store.repair": Room(
        "edge_agent.errors",
        f"{PLAIN} contextlib os pathlib sqlite3",
    ),
    "edge_agent.store.sqlite_file": Room(
        "edge_agent.errors edge_agent.store.repair",
        f"{PLAIN} contextlib os pathlib sqlite3",
    ),
    # The papers about a box. They take two constants from the rooms that hold them, and touch
    # neither pixel nor record.
    "edge_agent.transparency": Room(
        "edge_agent.config.paths edge_agent.config.schema edge_agent.config.sections "
        "edge_agent.config.site_rules edge_agent.counting edge_agent.errors edge_agent.keys "
        "edge_agent.models.added edge_agent.models.card edge_agent.process_settings "
        "edge_agent.store wire_contract wire_contract.programs.box_paper "
        "wire_contract.programs.extras wire_contract.programs.shipped",
        f"{PLAIN} cryptography html io json pathlib segno",
    ),
    "edge_agent.uplink": Room(
        "edge_agent.backoff edge_agent.errors edge_agent.store.sqlite_file "
        "edge_agent.uplink.broker_files edge_agent.uplink.heard wire_contract",
        f"{PLAIN} base64 contextlib datetime logging os paho pathlib random ssl time",
    ),
    # What uplink and supervisor tell each other of a signed config, and who believes it.
    "edge_agent.uplink.broker_files": Room(
        "",
        f"{PLAIN} json os pathlib",
    ),
    # What the centre says and what is sent: they read and empty the outbox.
    "edge_agent.uplink.heard": Room(
        "edge_agent.backoff edge_agent.store.heard edge_agent.store.outbox edge_agent.uplink "
        "wire_contract",
        f"{PLAIN} logging",
    ),
    "edge_agent.uplink.sent": Room(
        "edge_agent.backoff edge_agent.store.outbox edge_agent.uplink edge_agent.uplink.heard "
        "wire_contract",
        f"{PLAIN} logging random",
    ),
    # The box, along the trip.
    "edge_agent.vision": Room(
        "edge_agent.counting edge_agent.errors edge_agent.models edge_agent.models.card "
        "edge_agent.models.layouts",
        f"{PLAIN} bisect contextlib ctypes cv2 errno fcntl numpy onnxruntime os pathlib queue "
        "select stat string sys threading time",
    ),
    # Builds the pipeline from the plain values of a process.
    "edge_agent.vision.assembly": Room(
        "edge_agent.counting edge_agent.models edge_agent.models.card edge_agent.models.layouts "
        "edge_agent.models.thresholds edge_agent.process_settings edge_agent.vision "
        "edge_agent.vision.view",
        f"{PLAIN} logging numpy pathlib time",
    ),
    # Lays what is drawn over a frame, without a picture.
    "edge_agent.vision.view": Room(
        "edge_agent.counting edge_agent.models.card edge_agent.process_settings edge_agent.vision",
        f"{PLAIN} numpy pathlib",
    ),
    # The audit looks at all of it from outside, so it may know all of it but pixels, and it starts
    # and measures other programs.
    "privacy_audit": Room(
        "edge_agent.channel edge_agent.clock edge_agent.commands "
        "edge_agent.config.calibration_file edge_agent.config.paths "
        "edge_agent.config.privacy_loss edge_agent.config.schema edge_agent.config.sections "
        "edge_agent.confinement edge_agent.confinement.probe edge_agent.disclosure "
        "edge_agent.disclosure.noise edge_agent.errors edge_agent.evidence edge_agent.keys "
        "edge_agent.models.added edge_agent.models.card edge_agent.process_settings "
        "edge_agent.processes edge_agent.processes.camera_state edge_agent.processes.launch "
        "fusion_service.errors fusion_service.identity privacy_audit.pixels.inference_run "
        "privacy_audit.release.judgement wire_contract wire_contract.programs.extras",
        f"{PLAIN} base64 binascii concurrent contextlib cryptography ctypes datetime errno fcntl "
        "fnmatch hashlib hmac html io ipaddress json logging mmap numpy os paho pathlib platform "
        "pwd pydantic queue random reportlab rich secrets select shutil signal socket sqlite3 ssl "
        "stat statistics subprocess sys tempfile termios textwrap threading time typer urllib "
        "warnings zlib",
    ),
    # What the audit locks in as it locks the sensor in: with the same libraries and the same model
    # loaded.
    "privacy_audit.exits.twin": Room(
        "edge_agent.confinement edge_agent.process_settings edge_agent.vision.assembly "
        "privacy_audit",
        f"{PLAIN} contextlib os resource sys",
    ),
    # A library of its own, run behind the wall to see whether it reports to its maker.
    "privacy_audit.pixels.inference_run": Room(
        "edge_agent.confinement",
        f"{PLAIN} onnxruntime resource sys time",
    ),
    # The sensor's own judge, which decides what no one person may move.
    "privacy_audit.release.judgement": Room(
        "edge_agent.counting privacy_audit",
        f"{PLAIN} random",
    ),
    # People and programs. No name of the web, and no SQL.
    "fusion_service.access": Room(
        "fusion_service.access.one_time_code fusion_service.access.secret_text "
        "fusion_service.errors fusion_service.ledger fusion_service.private_file "
        "fusion_service.security_log fusion_service.store",
        f"{PLAIN} contextlib datetime logging os pathlib secrets threading uuid",
    ),
    "fusion_service.access.one_time_code": Room(
        "",
        f"{PLAIN} base64 hashlib hmac urllib",
    ),
    # What a secret is kept as. The only room that knows argon2.
    "fusion_service.access.secret_text": Room(
        "",
        f"{PLAIN} argon2 base64 hashlib hmac secrets",
    ),
    "fusion_service.alert_config": Room(
        "fusion_service.config_fields",
        f"{PLAIN} pydantic urllib",
    ),
    # Audits that an auditor signed: read as data, judged, kept by the store's port.
    "fusion_service.audits": Room(
        "fusion_service.registry fusion_service.store wire_contract "
        "wire_contract.programs.signed_audit",
        f"{PLAIN} binascii datetime hashlib json nacl",
    ),
    # An auditor's own machine: a key, and nothing of a centre.
    "fusion_service.audits.auditor_key": Room(
        "fusion_service.errors fusion_service.private_file wire_contract",
        f"{PLAIN} base64 binascii nacl os pathlib",
    ),
    "fusion_service.cli": Room(
        "fusion_service.commands fusion_service.commands.access fusion_service.commands.audit "
        "fusion_service.commands.authority fusion_service.commands.backup "
        "fusion_service.commands.broker fusion_service.commands.context "
        "fusion_service.commands.devices fusion_service.commands.dossier "
        "fusion_service.commands.enrolment fusion_service.commands.exercise "
        "fusion_service.commands.forecast fusion_service.commands.letters "
        "fusion_service.commands.needs fusion_service.commands.options "
        "fusion_service.commands.restore fusion_service.commands.season "
        "fusion_service.commands.shift fusion_service.commands.site "
        "fusion_service.commands.source fusion_service.commands.status fusion_service.config "
        "fusion_service.errors fusion_service.operations.recorded fusion_service.service "
        "wire_contract.programs.extras",
        f"{PLAIN} gc sys typer",
    ),
    "fusion_service.commands": Room(
        "",
        PLAIN,
    ),
    "fusion_service.commands.access": Room(
        "fusion_service.access fusion_service.access.one_time_code fusion_service.commands.needs "
        "fusion_service.commands.options fusion_service.config fusion_service.errors "
        "fusion_service.ledger fusion_service.private_file fusion_service.security_log "
        "fusion_service.store fusion_service.store.sqlite wire_contract.programs.extras",
        f"{PLAIN} base64 contextlib datetime json pathlib sys time typer",
    ),
    "fusion_service.commands.audit": Room(
        "fusion_service.audits fusion_service.audits.auditor_key fusion_service.commands.needs "
        "fusion_service.commands.options fusion_service.config fusion_service.errors "
        "fusion_service.ledger fusion_service.security_log fusion_service.store.sqlite "
        "wire_contract wire_contract.programs.extras wire_contract.programs.signed_audit",
        f"{PLAIN} pathlib time typer",
    ),
    "fusion_service.commands.authority": Room(
        "fusion_service.commands.options fusion_service.identity fusion_service.identity.renewal",
        f"{PLAIN} datetime json pathlib typer",
    ),
    "fusion_service.commands.backup": Room(
        "fusion_service.commands.options fusion_service.config fusion_service.operations "
        "fusion_service.operations.backups fusion_service.operations.rehearsal "
        "fusion_service.store.sqlite",
        f"{PLAIN} datetime json pathlib typer",
    ),
    "fusion_service.commands.broker": Room(
        "fusion_service.commands.options fusion_service.identity.renewal "
        "fusion_service.operations fusion_service.operations.broker_move",
        f"{PLAIN} datetime json typer",
    ),
    "fusion_service.commands.context": Room(
        "fusion_service.commands.needs fusion_service.commands.options "
        "fusion_service.commands.tables fusion_service.config fusion_service.context "
        "wire_contract.programs.extras",
        f"{PLAIN} datetime json rich time typer",
    ),
    "fusion_service.commands.devices": Room(
        "fusion_service.commands fusion_service.commands.leaving fusion_service.commands.options "
        "fusion_service.commands.tables fusion_service.config fusion_service.errors "
        "fusion_service.identity fusion_service.registry fusion_service.store "
        "fusion_service.store.sqlite",
        f"{PLAIN} contextlib datetime json pathlib rich time typer",
    ),
    "fusion_service.commands.dossier": Room(
        "fusion_service.commands.needs fusion_service.commands.options fusion_service.config "
        "fusion_service.dossier fusion_service.dossier.answers fusion_service.errors "
        "fusion_service.ledger fusion_service.pages fusion_service.pages.pdf "
        "fusion_service.registry.site_file fusion_service.security_log fusion_service.store "
        "fusion_service.store.sqlite wire_contract.programs.box_paper "
        "wire_contract.programs.extras",
        f"{PLAIN} datetime pathlib typer",
    ),
    "fusion_service.commands.enrolment": Room(
        "fusion_service.commands.needs fusion_service.commands.options fusion_service.config "
        "fusion_service.errors fusion_service.identity fusion_service.identity.box_list "
        "fusion_service.identity.renewal fusion_service.identity.token_qr "
        "fusion_service.operations fusion_service.operations.broker_move fusion_service.registry "
        "fusion_service.store.sqlite fusion_service.web.enrolment wire_contract "
        "wire_contract.programs.extras",
        f"{PLAIN} datetime json pathlib time typer",
    ),
    "fusion_service.commands.exercise": Room(
        "fusion_service.commands.needs fusion_service.config fusion_service.debrief "
        "fusion_service.errors fusion_service.exercise fusion_service.exercise.control "
        "fusion_service.exercise_service fusion_service.ledger fusion_service.pages "
        "fusion_service.pages.pdf fusion_service.registry.site_file fusion_service.store "
        "fusion_service.store.sqlite wire_contract.programs.extras wire_contract.programs.shipped",
        f"{PLAIN} datetime pathlib signal threading typer zoneinfo",
    ),
    "fusion_service.commands.forecast": Room(
        "fusion_service.commands.needs fusion_service.commands.options fusion_service.config "
        "fusion_service.context fusion_service.errors fusion_service.estimate.forecast "
        "fusion_service.estimate.forecast.inputs "
        "fusion_service.estimate.forecast.inputs.holiday_dates "
        "fusion_service.estimate.forecast.scoring fusion_service.estimation "
        "fusion_service.estimation.beside fusion_service.estimation.beside.told "
        "fusion_service.estimation.history fusion_service.estimation.model_folder "
        "fusion_service.estimation.what_if.answering fusion_service.registry fusion_service.shift "
        "fusion_service.store fusion_service.store.sqlite wire_contract.programs.extras",
        f"{PLAIN} datetime json numpy pathlib time typer zoneinfo",
    ),
    "fusion_service.commands.leaving": Room(
        "fusion_service.config fusion_service.errors fusion_service.identity "
        "fusion_service.identity.renewal fusion_service.operations "
        "fusion_service.operations.retained fusion_service.store fusion_service.store.sqlite "
        "wire_contract",
        f"{PLAIN} datetime pathlib typer",
    ),
    "fusion_service.commands.letters": Room(
        "fusion_service.commands.needs fusion_service.commands.options "
        "fusion_service.commands.tables fusion_service.config fusion_service.ingest "
        "fusion_service.store.sqlite fusion_service.web wire_contract.programs.extras",
        f"{PLAIN} json rich time typer",
    ),
    "fusion_service.commands.needs": Room(
        "wire_contract.programs.extras",
        f"{PLAIN} logging sys typer",
    ),
    "fusion_service.commands.options": Room(
        "wire_contract",
        f"{PLAIN} pathlib typer",
    ),
    # Verbs and tables of its own, in the same command.
    "fusion_service.commands.restore": Room(
        "fusion_service.commands.options fusion_service.config fusion_service.store.sqlite",
        f"{PLAIN} pathlib time typer",
    ),
    "fusion_service.commands.season": Room(
        "fusion_service.commands.needs fusion_service.commands.options fusion_service.config "
        "fusion_service.errors fusion_service.ledger fusion_service.pages "
        "fusion_service.pages.pdf fusion_service.registry.site_file fusion_service.season "
        "fusion_service.season.words fusion_service.store fusion_service.store.sqlite "
        "wire_contract.programs.extras",
        f"{PLAIN} datetime pathlib typer",
    ),
    "fusion_service.commands.shift": Room(
        "fusion_service.commands.needs fusion_service.commands.options fusion_service.config "
        "fusion_service.errors fusion_service.ledger fusion_service.store.sqlite "
        "wire_contract.programs.extras",
        f"{PLAIN} datetime json typer",
    ),
    "fusion_service.commands.site": Room(
        "fusion_service.commands.needs fusion_service.commands.options "
        "fusion_service.commands.tables fusion_service.config fusion_service.errors "
        "fusion_service.registry fusion_service.registry.site_file fusion_service.site_import "
        "fusion_service.site_import.geopackage fusion_service.store.sqlite "
        "wire_contract.programs.config_text wire_contract.programs.extras",
        f"{PLAIN} datetime json pathlib rich time tomllib typer",
    ),
    "fusion_service.commands.source": Room(
        "fusion_service.commands.options fusion_service.commands.tables fusion_service.config "
        "fusion_service.sources fusion_service.store.sqlite",
        f"{PLAIN} contextlib datetime json rich time typer",
    ),
    "fusion_service.commands.status": Room(
        "fusion_service.access fusion_service.commands.tables fusion_service.config "
        "fusion_service.errors fusion_service.ledger fusion_service.web wire_contract",
        f"{PLAIN} datetime http json pathlib pydantic rich typer urllib",
    ),
    "fusion_service.commands.tables": Room(
        "",
        f"{PLAIN} rich",
    ),
    "fusion_service.config": Room(
        "fusion_service.alert_config fusion_service.config_fields fusion_service.errors "
        "fusion_service.feed_config fusion_service.public_config "
        "wire_contract.programs.config_text",
        f"{PLAIN} pathlib pydantic pydantic_core",
    ),
    "fusion_service.config_fields": Room(
        "",
        f"{PLAIN} ipaddress pathlib pydantic pydantic_core",
    ),
    # What others know of a day. Only `fetch` has a socket; what reads an answer has none.
    "fusion_service.context": Room(
        "fusion_service.context.feeds fusion_service.context.fetch fusion_service.context.formats "
        "fusion_service.errors fusion_service.feed_config fusion_service.private_file "
        "fusion_service.store wire_contract.programs.backoff",
        f"{PLAIN} concurrent logging pathlib random threading",
    ),
    "fusion_service.context.feeds": Room(
        "fusion_service.context fusion_service.context.fetch fusion_service.context.formats "
        "fusion_service.feed_config fusion_service.store",
        f"{PLAIN} datetime hashlib icalendar pydantic urllib zoneinfo",
    ),
    "fusion_service.context.fetch": Room(
        "fusion_service.config_fields fusion_service.context",
        f"{PLAIN} contextlib email http socket ssl threading time urllib zlib",
    ),
    "fusion_service.context.formats": Room(
        "fusion_service.context fusion_service.store",
        f"{PLAIN} calendar datetime pydantic xml",
    ),
    # What was known when: it reads the store by its ports.
    "fusion_service.debrief": Room(
        "fusion_service.debrief.words fusion_service.estimate fusion_service.ledger "
        "fusion_service.pages fusion_service.registry fusion_service.shift fusion_service.store",
        f"{PLAIN} datetime zoneinfo",
    ),
    "fusion_service.debrief.words": Room(
        "",
        PLAIN,
    ),
    # The papers of a site: values in, texts out.
    "fusion_service.dossier": Room(
        "fusion_service.dossier.answers fusion_service.dossier.words fusion_service.pages "
        "fusion_service.registry fusion_service.store wire_contract "
        "wire_contract.programs.box_paper",
        f"{PLAIN} datetime hashlib json zoneinfo",
    ),
    # What people answer to what the papers miss: text in, values out.
    "fusion_service.dossier.answers": Room(
        "fusion_service.dossier fusion_service.dossier.words fusion_service.errors "
        "fusion_service.pages wire_contract",
        f"{PLAIN} json tomllib",
    ),
    "fusion_service.dossier.words": Room(
        "fusion_service.registry wire_contract",
        PLAIN,
    ),
    "fusion_service.errors": Room(
        "",
        PLAIN,
    ),
    "fusion_service.estimate": Room(
        "fusion_service.registry wire_contract",
        f"{PLAIN} array bisect datetime json zoneinfo",
    ),
    # Arrays in, arrays out: what comes, from what was counted.
    "fusion_service.estimate.forecast": Room(
        "fusion_service.errors fusion_service.estimate.forecast.inputs "
        "fusion_service.estimate.forecast.models fusion_service.estimate.forecast.scoring "
        "fusion_service.registry",
        f"{PLAIN} numpy",
    ),
    "fusion_service.estimate.forecast.inputs": Room(
        "fusion_service.errors",
        f"{PLAIN} datetime numpy",
    ),
    # A table of dates that somebody else keeps.
    "fusion_service.estimate.forecast.inputs.holiday_dates": Room(
        "fusion_service.errors fusion_service.estimate.forecast.inputs",
        f"{PLAIN} datetime holidays numpy",
    ),
    "fusion_service.estimate.forecast.models": Room(
        "fusion_service.errors fusion_service.estimate.forecast.inputs",
        f"{PLAIN} json lightgbm numpy zlib",
    ),
    "fusion_service.estimate.forecast.scoring": Room(
        "fusion_service.estimate.forecast fusion_service.estimate.forecast.inputs "
        "fusion_service.estimate.forecast.models",
        f"{PLAIN} numpy",
    ),
    "fusion_service.estimation": Room(
        "fusion_service.errors fusion_service.estimate fusion_service.registry "
        "fusion_service.registry.site_file fusion_service.sources fusion_service.store "
        "wire_contract",
        f"{PLAIN} logging threading time",
    ),
    # What is known of a site beside its counts, as it was known then.
    "fusion_service.estimation.beside": Room(
        "fusion_service.context fusion_service.estimate.forecast "
        "fusion_service.estimate.forecast.inputs "
        "fusion_service.estimate.forecast.inputs.holiday_dates "
        "fusion_service.estimation.beside.told fusion_service.estimation.history "
        "fusion_service.registry fusion_service.shift fusion_service.store",
        f"{PLAIN} numpy zoneinfo",
    ),
    # Who names what a centre was told needs no numpy.
    "fusion_service.estimation.beside.told": Room(
        "fusion_service.context fusion_service.shift fusion_service.store",
        PLAIN,
    ),
    # The loop that forecasts. Whoever starts it, and whoever asks what comes, needs no numpy.
    "fusion_service.estimation.forecasting": Room(
        "fusion_service.errors fusion_service.estimate fusion_service.estimate.forecast "
        "fusion_service.estimate.forecast.inputs "
        "fusion_service.estimate.forecast.inputs.holiday_dates "
        "fusion_service.estimate.forecast.models fusion_service.estimate.forecast.scoring "
        "fusion_service.estimation fusion_service.estimation.beside "
        "fusion_service.estimation.forecasting.ahead "
        "fusion_service.estimation.forecasting.started "
        "fusion_service.estimation.forecasting.training "
        "fusion_service.estimation.forecasting.working fusion_service.estimation.history "
        "fusion_service.estimation.model_folder fusion_service.registry fusion_service.store",
        f"{PLAIN} contextlib datetime logging numpy pathlib threading time zoneinfo",
    ),
    "fusion_service.estimation.forecasting.ahead": Room(
        "fusion_service.estimate fusion_service.registry fusion_service.store",
        f"{PLAIN} zoneinfo",
    ),
    "fusion_service.estimation.forecasting.started": Room(
        "fusion_service.errors fusion_service.estimation.beside "
        "fusion_service.estimation.beside.told fusion_service.estimation.forecasting "
        "fusion_service.estimation.forecasting.ahead "
        "fusion_service.estimation.forecasting.working fusion_service.registry "
        "fusion_service.store wire_contract.programs.extras",
        f"{PLAIN} contextlib pathlib threading",
    ),
    # A process of its own trains, over files.
    "fusion_service.estimation.forecasting.training": Room(
        "fusion_service.errors fusion_service.estimate.forecast "
        "fusion_service.estimate.forecast.inputs fusion_service.estimation.forecasting "
        "fusion_service.estimation.forecasting.working fusion_service.estimation.model_folder "
        "fusion_service.store",
        f"{PLAIN} datetime logging numpy os pathlib subprocess sys tempfile time",
    ),
    # A process of its own forecasts, over files.
    "fusion_service.estimation.forecasting.working": Room(
        "fusion_service.errors fusion_service.estimate.forecast "
        "fusion_service.estimate.forecast.inputs fusion_service.estimate.forecast.models "
        "fusion_service.estimation.model_folder fusion_service.store",
        f"{PLAIN} datetime json numpy os pathlib subprocess sys tempfile",
    ),
    # What was counted, as a panel on the clock on the wall.
    "fusion_service.estimation.history": Room(
        "fusion_service.estimate fusion_service.estimate.forecast.inputs fusion_service.store",
        f"{PLAIN} datetime numpy zoneinfo",
    ),
    # Versions of a site's forecaster, as files beside the store.
    "fusion_service.estimation.model_folder": Room(
        "fusion_service.errors fusion_service.estimate.forecast "
        "fusion_service.estimate.forecast.models",
        f"{PLAIN} contextlib json os pathlib",
    ),
    # What would come, for who asks: arithmetic on what was said.
    "fusion_service.estimation.what_if": Room(
        "fusion_service.estimate.forecast fusion_service.estimate.forecast.inputs "
        "fusion_service.estimation.beside fusion_service.estimation.beside.told "
        "fusion_service.estimation.forecasting fusion_service.registry fusion_service.shift "
        "fusion_service.store",
        f"{PLAIN} numpy zoneinfo",
    ),
    # Who asks it loads numpy then.
    "fusion_service.estimation.what_if.answering": Room(
        "fusion_service.estimate.forecast fusion_service.estimation.beside "
        "fusion_service.estimation.beside.told fusion_service.estimation.what_if "
        "fusion_service.registry fusion_service.shift fusion_service.store",
        f"{PLAIN} numpy threading",
    ),
    "fusion_service.exercise": Room(
        "fusion_service.config fusion_service.errors fusion_service.estimate "
        "fusion_service.exercise.control fusion_service.ingest fusion_service.ledger "
        "fusion_service.registry fusion_service.shift fusion_service.sources fusion_service.store "
        "fusion_service.store.sqlite wire_contract wire_contract.programs.config_text",
        f"{PLAIN} contextlib cryptography datetime hashlib pathlib pydantic random threading uuid "
        "zoneinfo",
    ),
    # Which line happens when, and how fast time goes: what the routes of control may know.
    "fusion_service.exercise.control": Room(
        "fusion_service.exercise fusion_service.store",
        f"{PLAIN} threading time",
    ),
    "fusion_service.exercise_service": Room(
        "fusion_service.config fusion_service.estimation fusion_service.exercise "
        "fusion_service.exercise.control fusion_service.http_server fusion_service.ledger "
        "fusion_service.shift fusion_service.store fusion_service.store.sqlite fusion_service.web "
        "fusion_service.web.exercise fusion_service.web.shift",
        f"{PLAIN} contextlib fastapi pathlib socket threading uuid",
    ),
    "fusion_service.feed_config": Room(
        "fusion_service.config_fields",
        f"{PLAIN} pydantic zoneinfo",
    ),
    "fusion_service.http_server": Room(
        "fusion_service.access fusion_service.audits fusion_service.config "
        "fusion_service.config_fields fusion_service.errors fusion_service.ledger "
        "fusion_service.publish.alerts fusion_service.registry fusion_service.shift "
        "fusion_service.sources fusion_service.store fusion_service.store.sqlite "
        "fusion_service.web fusion_service.web.access fusion_service.web.editor "
        "fusion_service.web.exercise fusion_service.web.officer fusion_service.web.page "
        "fusion_service.web.public_page fusion_service.web.shift fusion_service.web.site_plan "
        "fusion_service.web.sources",
        f"{PLAIN} contextlib logging secrets socket starlette time uvicorn",
    ),
    "fusion_service.identity": Room(
        "fusion_service.config fusion_service.errors fusion_service.private_file wire_contract",
        f"{PLAIN} base64 contextlib cryptography datetime fcntl hashlib ipaddress json logging os "
        "pathlib secrets shutil socket ssl tempfile threading",
    ),
    "fusion_service.identity.box_list": Room(
        "fusion_service.errors wire_contract wire_contract.programs.config_text",
        f"{PLAIN} csv pathlib",
    ),
    "fusion_service.identity.renewal": Room(
        "fusion_service.errors fusion_service.identity wire_contract "
        "wire_contract.programs.shipped",
        f"{PLAIN} base64 contextlib cryptography datetime os paho pathlib signal socket ssl "
        "threading time",
    ),
    "fusion_service.identity.token_qr": Room(
        "fusion_service.errors wire_contract wire_contract.programs.extras",
        f"{PLAIN} io os pathlib segno sys",
    ),
    # The centre.
    "fusion_service.ingest": Room(
        "fusion_service.config fusion_service.errors fusion_service.ledger "
        "fusion_service.private_file fusion_service.registry fusion_service.store wire_contract "
        "wire_contract.programs.shipped",
        f"{PLAIN} base64 contextlib cryptography hashlib json logging paho pathlib ssl threading",
    ),
    "fusion_service.ledger": Room(
        "wire_contract",
        f"{PLAIN} hashlib json",
    ),
    "fusion_service.operations": Room(
        "",
        PLAIN,
    ),
    # A rehearsal starts a centre of its own; a copy is sent on by rsync.
    "fusion_service.operations.backups": Room(
        "fusion_service.errors fusion_service.store.sqlite",
        f"{PLAIN} datetime pathlib shutil subprocess time",
    ),
    "fusion_service.operations.broker_move": Room(
        "fusion_service.errors fusion_service.identity fusion_service.identity.renewal "
        "wire_contract",
        f"{PLAIN} base64 cryptography datetime pathlib",
    ),
    "fusion_service.operations.recorded": Room(
        "fusion_service.config fusion_service.errors fusion_service.identity "
        "fusion_service.security_log",
        f"{PLAIN} contextlib pathlib typer",
    ),
    "fusion_service.operations.rehearsal": Room(
        "fusion_service.errors fusion_service.operations fusion_service.operations.backups "
        "fusion_service.store.sqlite",
        f"{PLAIN} contextlib datetime http pathlib shutil socket subprocess sys tempfile time "
        "urllib",
    ),
    "fusion_service.operations.retained": Room(
        "fusion_service.identity.renewal wire_contract",
        f"{PLAIN} datetime pathlib",
    ),
    # Documents for people, of whatever; only the PDF needs a library.
    "fusion_service.pages": Room(
        "",
        f"{PLAIN} html",
    ),
    "fusion_service.pages.pdf": Room(
        "fusion_service.pages fusion_service.pages.tags",
        f"{PLAIN} html io pathlib reportlab",
    ),
    "fusion_service.pages.tags": Room(
        "",
        f"{PLAIN} reportlab",
    ),
    "fusion_service.private_file": Room(
        "fusion_service.errors",
        f"{PLAIN} contextlib logging os pathlib stat",
    ),
    "fusion_service.public_config": Room(
        "fusion_service.config_fields",
        f"{PLAIN} pydantic",
    ),
    "fusion_service.publish": Room(
        "fusion_service.config wire_contract",
        f"{PLAIN} json logging",
    ),
    # Who is told of alarms: the one room of the centre that calls others by itself.
    "fusion_service.publish.alerts": Room(
        "fusion_service.alert_config fusion_service.config fusion_service.errors "
        "fusion_service.ledger fusion_service.registry fusion_service.shift fusion_service.store",
        f"{PLAIN} contextlib datetime email hashlib hmac http json logging pathlib smtplib ssl "
        "threading time urllib",
    ),
    "fusion_service.registry": Room(
        "fusion_service.errors",
        f"{PLAIN} binascii hashlib nacl pathlib",
    ),
    # Lengths, areas and the Dutch grid.
    "fusion_service.registry.geodesy": Room(
        "fusion_service.registry",
        f"{PLAIN} pyproj",
    ),
    # A site's file: text in, values out; the system's table of time zones is looked at.
    "fusion_service.registry.site_edit": Room(
        "fusion_service.errors fusion_service.registry.geodesy fusion_service.registry.site_file",
        f"{PLAIN} json tomllib",
    ),
    "fusion_service.registry.site_file": Room(
        "fusion_service.errors fusion_service.registry fusion_service.registry.geodesy "
        "fusion_service.registry.source_file wire_contract wire_contract.programs.config_text "
        "wire_contract.programs.shipped",
        f"{PLAIN} datetime difflib json pydantic pydantic_core statistics zoneinfo",
    ),
    "fusion_service.registry.source_file": Room(
        "fusion_service.registry fusion_service.registry.site_file",
        f"{PLAIN} pydantic zoneinfo",
    ),
    # What a season came to: values in, figures out. It reads the store by its port.
    "fusion_service.season": Room(
        "fusion_service.estimate fusion_service.ledger fusion_service.pages "
        "fusion_service.registry fusion_service.season.words fusion_service.shift "
        "fusion_service.store",
        f"{PLAIN} array bisect datetime json statistics zoneinfo",
    ),
    "fusion_service.season.words": Room(
        "",
        PLAIN,
    ),
    "fusion_service.security_log": Room(
        "",
        f"{PLAIN} datetime errno fcntl json os pathlib pwd socket stat sys",
    ),
    "fusion_service.service": Room(
        "fusion_service.config fusion_service.context fusion_service.errors "
        "fusion_service.estimation fusion_service.estimation.beside.told "
        "fusion_service.estimation.forecasting.ahead "
        "fusion_service.estimation.forecasting.started "
        "fusion_service.estimation.what_if.answering fusion_service.http_server "
        "fusion_service.identity fusion_service.ingest fusion_service.publish "
        "fusion_service.publish.alerts fusion_service.shift fusion_service.sources "
        "fusion_service.store.sqlite fusion_service.web fusion_service.web.shift wire_contract",
        f"{PLAIN} concurrent contextlib gc logging random signal threading time uuid",
    ),
    # The shift: what is an alarm, who decided what; it knows the store by its port.
    "fusion_service.shift": Room(
        "fusion_service.errors fusion_service.estimate fusion_service.ledger "
        "fusion_service.registry fusion_service.store",
        f"{PLAIN} datetime hashlib logging statistics threading time zoneinfo",
    ),
    # Drawings of others. One module knows SQLite, because a GeoPackage is a file of it.
    "fusion_service.site_import": Room(
        "fusion_service.errors fusion_service.registry.geodesy",
        f"{PLAIN} json",
    ),
    "fusion_service.site_import.geopackage": Room(
        "fusion_service.errors fusion_service.registry.geodesy fusion_service.site_import",
        f"{PLAIN} contextlib pathlib sqlite3",
    ),
    "fusion_service.sources": Room(
        "fusion_service.errors fusion_service.estimate fusion_service.registry "
        "fusion_service.store wire_contract",
        f"{PLAIN} base64 csv datetime hashlib io json logging secrets threading zoneinfo",
    ),
    "fusion_service.store": Room(
        "fusion_service.estimate fusion_service.ledger fusion_service.registry wire_contract",
        f"{PLAIN} contextlib datetime zoneinfo",
    ),
    # The only SQL of the centre.
    "fusion_service.store.sqlite": Room(
        "fusion_service.errors fusion_service.estimate fusion_service.ledger "
        "fusion_service.private_file fusion_service.registry fusion_service.store wire_contract",
        f"{PLAIN} contextlib fcntl hashlib json logging os pathlib secrets sqlite3 tempfile "
        "threading time uuid",
    ),
    "fusion_service.web": Room(
        "fusion_service.access fusion_service.context fusion_service.errors "
        "fusion_service.estimate fusion_service.ledger fusion_service.registry "
        "fusion_service.registry.geodesy fusion_service.registry.site_file fusion_service.shift "
        "fusion_service.store fusion_service.web.access fusion_service.web.forecast.what_if "
        "fusion_service.web.page fusion_service.web.sources wire_contract",
        f"{PLAIN} asyncio contextlib csv datetime fastapi gzip h11 hashlib http io ipaddress json "
        "logging os pathlib prometheus_client pydantic pydantic_core ssl starlette threading time "
        "uvicorn zoneinfo",
    ),
    # The guard before every route.
    "fusion_service.web.access": Room(
        "fusion_service.access fusion_service.access.secret_text fusion_service.config_fields "
        "fusion_service.errors fusion_service.ledger fusion_service.web "
        "wire_contract.programs.shipped",
        f"{PLAIN} asyncio fastapi http pydantic starlette urllib",
    ),
    "fusion_service.web.editor": Room(
        "fusion_service.errors fusion_service.ledger fusion_service.registry.site_edit "
        "fusion_service.registry.site_file fusion_service.store fusion_service.web "
        "fusion_service.web.site_plan wire_contract.programs.config_text",
        f"{PLAIN} contextlib fastapi http pydantic starlette threading tomllib",
    ),
    "fusion_service.web.enrolment": Room(
        "fusion_service.access fusion_service.errors fusion_service.identity "
        "fusion_service.private_file fusion_service.security_log fusion_service.store "
        "fusion_service.web wire_contract",
        f"{PLAIN} base64 contextlib cryptography datetime fastapi logging pathlib ssl tempfile "
        "threading time uvicorn",
    ),
    "fusion_service.web.exercise": Room(
        "fusion_service.access fusion_service.debrief fusion_service.errors "
        "fusion_service.estimate fusion_service.exercise fusion_service.exercise.control "
        "fusion_service.pages fusion_service.pages.pdf fusion_service.registry.site_file "
        "fusion_service.store fusion_service.web fusion_service.web.access "
        "fusion_service.web.shift",
        f"{PLAIN} base64 fastapi hashlib http pydantic",
    ),
    # Moves a forecast that was said: arithmetic, loaded for who asks.
    "fusion_service.web.forecast.what_if": Room(
        "fusion_service.shift fusion_service.store fusion_service.web fusion_service.web.access",
        f"{PLAIN} fastapi pydantic",
    ),
    # What an officer asks of a box, and the door through which signed audits come in.
    "fusion_service.web.officer": Room(
        "fusion_service.audits fusion_service.errors fusion_service.ledger "
        "fusion_service.security_log fusion_service.store fusion_service.web wire_contract "
        "wire_contract.programs.signed_audit",
        f"{PLAIN} datetime fastapi http pathlib pydantic starlette threading",
    ),
    # The page as it was built, and nothing of the store.
    "fusion_service.web.page": Room(
        "wire_contract.programs.shipped",
        f"{PLAIN} fastapi gzip http pathlib starlette",
    ),
    # What anybody may read, as text: it sees what is told the public, and who asks it does not.
    "fusion_service.web.public_page": Room(
        "fusion_service.errors fusion_service.estimate fusion_service.registry "
        "fusion_service.store fusion_service.web fusion_service.web.page",
        f"{PLAIN} datetime fastapi gzip html http string threading zoneinfo",
    ),
    "fusion_service.web.shift": Room(
        "fusion_service.access fusion_service.errors fusion_service.estimate "
        "fusion_service.ledger fusion_service.registry fusion_service.shift fusion_service.store "
        "fusion_service.web fusion_service.web.access",
        f"{PLAIN} asyncio base64 contextlib datetime fastapi hashlib html http io pydantic "
        "reportlab threading zoneinfo",
    ),
    # A site's file is taken here, and written down.
    "fusion_service.web.site_plan": Room(
        "fusion_service.errors fusion_service.registry fusion_service.registry.site_file "
        "fusion_service.security_log fusion_service.store fusion_service.web "
        "wire_contract.programs.shipped",
        f"{PLAIN} fastapi http pathlib starlette",
    ),
    # Counters of others: who may speak as one, and the page of stewards.
    "fusion_service.web.sources": Room(
        "fusion_service.access fusion_service.registry fusion_service.security_log "
        "fusion_service.sources fusion_service.web",
        f"{PLAIN} fastapi hashlib hmac html http pathlib urllib",
    ),
}
PACKAGES = ("edge_agent", "fusion_service", "privacy_audit", "wire_contract")
OFFICERS_ROOM = (
    "wire_contract/messages/report.py",
    "edge_agent/channel.py",
    *(
        f"edge_agent/disclosure/{name}.py"
        for name in ("__init__", "rules", "noise", "gate", "window", "meta", "merge")
    ),
)
"""What decides that something leaves. It keeps nothing and knows no other room's work."""
OFFICERS_LINES_MAX, OFFICERS_COLUMNS_MAX, OFFICERS_CHARACTERS_MAX = 850, 100, 32_000
REPORT_VOCABULARY = {
    "VERSION",
    "NAME",
    "LINES_MAX",
    "ZONES_MAX",
    "Clock",
    "ClockQuality",
    "Health",
    "ImageQuality",
    "Level",
    "LineCount",
    "Rule",
    "RuleName",
    "ZoneCount",
}
"""What the box may take from wire_contract.messages.report without being able to build a Report."""


PURGED = {"wire_contract.messages.purged.Kind", "wire_contract.messages.purged.Purged"}
MERGE = "edge_agent.disclosure.merge"
"""Reads windows that have waited since before an upgrade."""


def name_of(path: Path, root: Path) -> str:
    """Return the dotted name of a module."""
    name = ".".join(path.relative_to(root).with_suffix("").parts)
    return name.removesuffix(".__init__")


@cache
def read(path: Path) -> tuple[frozenset[str], frozenset[str]]:
    """Return every module a file imports, wherever in the file, and every plain name it calls.

    Modules are dotted names: `from a import b` gives a and a.b. Each file is read once.
    """
    names, called = set[str](), set[str]()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides the room it enters"
            names |= {str(node.module)} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            called.add(node.func.id)
    return frozenset(names), frozenset(called)


def imported(path: Path) -> frozenset[str]:
    """Return every module that a file imports."""
    return read(path)[0]


@cache
def room_of(name: str) -> str | None:
    """Return the room that a dotted name lies in.

    None for a package's own door, which holds nothing.
    """
    rooms = [room for room in ROOMS if name == room or name.startswith(f"{room}.")]
    return max(rooms, key=len) if rooms else None


def test_every_module_lies_in_a_room_of_the_table(modules: list[Path], root: Path) -> None:
    names = {name_of(path, root) for path in modules} - set(PACKAGES)
    assert sorted(name for name in names if room_of(name) is None) == []


def test_every_room_of_the_table_exists(root: Path) -> None:
    paths = {room: room.replace(".", "/") for room in ROOMS}
    assert [
        room
        for room, path in paths.items()
        if not (root / path).is_dir() and not (root / f"{path}.py").is_file()
    ] == []


def test_a_package_imports_nothing_at_its_door(modules: list[Path], root: Path) -> None:
    doors = [path for path in modules if path.name == "__init__.py" and path.parent.parent == root]
    assert {name_of(path, root): imported(path) for path in doors} == {
        package: set() for package in PACKAGES
    }


def test_a_room_imports_only_what_the_table_lists(modules: list[Path], root: Path) -> None:
    strangers = []
    for path in modules:
        room = room_of(name_of(path, root))
        if room is None:
            continue
        rooms, outside = set(ROOMS[room].rooms.split()), set(ROOMS[room].outside.split())
        for name in imported(path):
            top = name.split(".")[0]
            allowed = room_of(name) in {None, room, *rooms} if top in PACKAGES else top in outside
            if not allowed:
                strangers.append(f"{path.relative_to(root)}: {name}")
    assert sorted(strangers) == []


def test_nothing_is_imported_by_name_at_run_time(modules: list[Path], root: Path) -> None:
    # An import that is a call is seen by no rule. The one verb that may is the command line's.
    callers = []
    for path in modules:
        names, called = read(path)
        if called & {"__import__", "exec", "eval"} or (
            "importlib" in names and path.name != "cli.py"
        ):
            callers.append(str(path.relative_to(root)))
    assert callers == []


def test_the_table_lists_no_stranger() -> None:
    third_party = {
        "argon2",
        "cryptography",
        "cv2",
        "fastapi",
        "h11",
        "holidays",
        "icalendar",
        "lap",
        "lightgbm",
        "nacl",
        "numpy",
        "onnx",
        "onnxruntime",
        "paho",
        "prometheus_client",
        "pydantic",
        "pydantic_core",
        "pyproj",
        "reportlab",
        "rich",
        "segno",
        "starlette",
        "typer",
        "uvicorn",
    }
    listed = {name for room in ROOMS.values() for name in room.outside.split()}
    assert listed - third_party - sys.stdlib_module_names == set()
    assert {name for room in ROOMS.values() for name in room.rooms.split()} - set(ROOMS) == set()


def test_on_the_box_only_the_gate_can_build_a_report(modules: list[Path], root: Path) -> None:
    builders = []
    for path in modules:
        name = name_of(path, root)
        if not name.startswith("edge_agent.") or name == "edge_agent.disclosure.gate":
            continue
        messages = ("meta", "purged", "report", "version_1", "versions")
        names = {
            each
            for each in imported(path)
            if each.startswith(tuple(f"wire_contract.{one}" for one in messages))
        }
        harmless = {f"wire_contract.messages.report.{word}" for word in REPORT_VOCABULARY}
        # A meta message is built where it says so, and there no report can be.
        harmless |= (
            {"wire_contract.messages.meta"} if name == "edge_agent.disclosure.meta" else set()
        )
        # And the entry that says of a run of entries that it was purged: hashes, and numbers of
        # entries.
        harmless |= (
            {"wire_contract.messages.purged", *PURGED}
            if name == "edge_agent.signing.resending"
            else set()
        )
        harmless |= (
            {"wire_contract.messages.version_1", "wire_contract.messages.version_1.read_stored"}
            if name == MERGE
            else set()
        )
        # `from wire_contract.messages.report import X` also yields the module itself, which alone
        # would mean the whole of it.
        if names - harmless - ({"wire_contract.messages.report"} if names & harmless else set()):
            builders.append(f"{name}: {sorted(names - harmless)}")
    assert builders == []


def test_the_decision_what_may_leave_can_be_read_in_ten_minutes(root: Path) -> None:
    texts = {path: (root / path).read_text() for path in OFFICERS_ROOM}
    lines = {path: text.splitlines() for path, text in texts.items()}
    assert max(len(line) for each in lines.values() for line in each) <= OFFICERS_COLUMNS_MAX
    assert sum(map(len, lines.values())) <= OFFICERS_LINES_MAX, lines.keys()
    assert sum(map(len, texts.values())) <= OFFICERS_CHARACTERS_MAX, {
        path: len(text) for path, text in texts.items()
    }


def test_the_room_of_the_decision_holds_nothing_that_is_not_counted(root: Path) -> None:
    found = {
        str(path.relative_to(root)) for path in (root / "edge_agent" / "disclosure").glob("*.py")
    }
    assert found == {path for path in OFFICERS_ROOM if path.startswith("edge_agent/disclosure/")}


def test_the_officer_is_told_what_must_be_trusted_besides(root: Path) -> None:
    # Every module of ours that the room stands on, and every room that its output passes.
    listed = ast.get_docstring(ast.parse((root / OFFICERS_ROOM[2]).read_text())) or ""
    to_read, trusted = listed.split("What must be trusted besides")
    assert [path for path in OFFICERS_ROOM if Path(path).name not in f"{to_read}__init__.py"] == []
    used = {
        name
        for path in OFFICERS_ROOM
        for name in imported(root / path)
        if name.startswith(("edge_agent.", "wire_contract."))
    }
    modules = {
        name.replace(".", "/") for name in used if (root / f"{name.replace('.', '/')}.py").is_file()
    }
    own = {path.removesuffix(".py") for path in OFFICERS_ROOM}
    errors = {"edge_agent/errors", "wire_contract/errors"}
    assert [
        module
        for module in sorted(modules - own - errors)
        if module not in trusted and str(Path(module).parent) not in trusted
    ] == []
    passed = ("processes", "confinement", "store", "signing", "uplink")
    assert [room for room in passed if f"edge_agent/{room}" not in trusted] == []
    entries = [line for line in trusted.splitlines() if line.startswith("- edge_agent")]
    places = [word for line in entries for word in line[2:].partition(":")[0].split(", ")]
    assert [place for place in places if not (root / place).exists()] == []

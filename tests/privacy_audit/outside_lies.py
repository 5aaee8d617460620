# SPDX-License-Identifier: Apache-2.0
"""Lies about what an audit could take on a box's word.

They are told of keys, signatures, certificates, fields, files, the level, masks and MQTT, and there
are several of each kind: one that is told in another place, or only sometimes, is a lie as well.
"""

from privacy_audit.outside import centre, fields, impostors, own_keys, sensors, stated, supervision
from tests.privacy_audit.copied import Change, Lie

KEYS, ENROL, GATE = (
    "edge_agent/keys.py",
    "edge_agent/operations/enrol.py",
    "edge_agent/processes/gate.py",
)
DECIDING, TLS, UPLINK = (
    "edge_agent/disclosure/gate.py",
    "edge_agent/uplink/tls.py",
    "edge_agent/processes/uplink.py",
)
PUBLISHER, ADMISSION = "edge_agent/uplink/publisher.py", "fusion_service/ingest/admission.py"
SENSOR, SETTINGS, PIPELINE = (
    "edge_agent/processes/sensor.py",
    "edge_agent/processes/launch.py",
    "edge_agent/vision/pipeline.py",
)
CHILD, START = "edge_agent/processes/supervision/child.py", "processes"
SUPERVISOR, PROBE, CONFIG = (
    "edge_agent/processes/supervision/supervisor.py",
    "edge_agent/confinement/probe.py",
    "edge_agent/config/schema.py",
)
ADMITS = "edge_agent/processes/supervision/admission.py"
ACL = "firmware_configs/broker/acl"
NOISE = "secrets.token_bytes(_KEY_BYTES)"
SIGNING = "signing = Ed25519PrivateKey.generate()"
CONTEXT = "    context.minimum_version = ssl.TLSVersion.TLSv1_3\n"
CLOSES = "said, health_now = self._records.reader.close(slot), self._health()"
QUALITY = "        not_counted = validity(quality.code"
_ASKED = "        hold_to_config(child.name, measured, self._config, log)\n"
_TOLD = "                hold_to_level(one.seen, level)\n"
_STARTED = "        self.start_at_s = None\n"
BLIND = "if level == Level.UNCONFINED or order.index(level) > order.index(minimum):"
CLIENT = 'client_id=f"{site}.{device}"'
SENT = (
    "sent = self._client.publish(\n"
    "            self._topic(channel), envelope, qos=1, retain=channel in RETAINED"
)
_SAID = (
    "said = self._records.reader.close(slot)\n"
    "        people = sum(one[0] for one in said.values())\n"
)


def _keys(seen: str, *changes: Change) -> Lie:
    return Lie("keys of its own", own_keys.PART, seen, changes)


def _centre(*changes: Change) -> Lie:
    return Lie(
        "signatures at the centre", centre.PART, "believed what the box has not signed", changes
    )


def _impostor(seen: str, *changes: Change) -> Lie:
    return Lie("the broker's certificate", impostors.PART, seen, changes)


def _field(seen: str, *changes: Change) -> Lie:
    return Lie("fields outside the rule", fields.PART, seen, changes)


def _exact(seen: str, more: str) -> Lie:
    """A gate that keeps what was said in a slot, and how many people that makes, when it closes."""
    told = _disclosed()
    return Lie(
        "exact counts at rest",
        fields.PART,
        seen,
        (Change(told.file, told.before, told.after + more),),
    )


def _stated(seen: str, *changes: Change) -> Lie:
    return Lie("what the box says of itself", stated.PART, seen, changes)


def _blind(seen: str, *changes: Change) -> Lie:
    return Lie("supervisor", supervision.PART, seen, changes)


def _early(part: str, seen: str, *changes: Change) -> Lie:
    return Lie("measured before it begins", part, seen, changes)


def _mask(*changes: Change) -> Lie:
    return Lie("masks", sensors.PART, "behind the mask", changes)


def _role(seen: str, before: str, after: str) -> Lie:
    return Lie("ACL", "broker rights", seen, (Change(ACL, before, after),))


def _mqtt(seen: str, *changes: Change) -> Lie:
    return Lie("bytes of MQTT", stated.PART, seen, changes)


def _disclosed(health: str = "self._health()") -> Change:
    return Change(GATE, CLOSES, f"{_SAID}        health_now = {health}")


def _unwaited(file: str, then: str) -> Change:
    """A process that begins without the word."""
    return Change(
        file,
        f"if lock.wait_for_go(locked_fd, go_fd):\n{then}",
        f"os.close(locked_fd)\n    if True:\n{then}",
    )


def _unwaited_gate() -> Change:
    """The same of a gate, which says then what it says before it is told a level."""
    before = (
        "    if (level := lock.wait_for_level(locked_fd, go_fd)) is not None:\n"
        "        gate.say_level(level)\n"
    )
    return Change(GATE, before, "    os.close(locked_fd)\n    if True:\n")


OUTSIDE = {
    # One key for two boxes.
    "one noise key for all boxes": _keys(
        "one noise key for two boxes", Change(KEYS, NOISE, "bytes(range(7, 39))")
    ),
    "one signing key for all boxes": _keys(
        "one signing key for two boxes",
        Change(
            KEYS, SIGNING, "signing = Ed25519PrivateKey.from_private_bytes(bytes(range(7, 39)))"
        ),
    ),
    "a noise key made of the folder's name": _keys(
        "noise key",
        Change(KEYS, NOISE, '__import__("hashlib").sha256(str(directory).encode()).digest()'),
    ),
    "a noise key made of the public half of the other": _keys(
        "follows from the public half",
        Change(
            KEYS,
            NOISE,
            '__import__("hashlib").sha256(signing.public_key().public_bytes_raw()).digest()',
        ),
    ),
    "a noise key of few bits": _keys(
        "was not drawn by chance", Change(KEYS, NOISE, "secrets.token_bytes(2) * 16")
    ),
    "one noise key for all that are enrolled": _keys(
        "one noise key for two boxes",
        Change(
            ENROL,
            "        generate(directory)\n",
            "        generate(directory)\n        key = base64.b64encode(bytes(range(7, 39)))\n"
            '        (directory / NOISE_KEY).write_bytes(key + b"\\n")\n',
        ),
    ),
    # A centre that believes anyone.
    "the centre checks no signature": _centre(
        Change(
            ADMISSION,
            "        check_signature(signed, signature, device.verify)\n",
            "        pass\n",
        )
    ),
    "the centre checks no signature of a checkpoint": _centre(
        Change(
            ADMISSION,
            "    open_checkpoint(note, bytes(device.public_key), device.verify)\n    return None\n",
            "    return None\n",
        )
    ),
    "the centre checks the signature of reports only": _centre(
        Change(
            ADMISSION,
            "        if former is None:\n",
            "        if former is None and topic.channel is Channel.REPORT:\n",
        )
    ),
    "the centre looks at the first bytes of a signature": _centre(
        Change(
            ADMISSION,
            "        check_signature(signed, signature, device.verify)\n",
            "        check_signature(signed, signature, lambda *both: device.verify(*both) or "
            "signature[0] == 1)\n",
        )
    ),
    # An uplink that speaks to anyone.
    "the uplink checks no certificate": _impostor(
        "of another authority",
        Change(
            TLS,
            CONTEXT,
            f"{CONTEXT}    context.check_hostname = False\n"
            "    context.verify_mode = ssl.CERT_NONE\n",
        ),
    ),
    "the uplink checks no host name": _impostor(
        "for another name", Change(TLS, CONTEXT, f"{CONTEXT}    context.check_hostname = False\n")
    ),
    "the uplink checks no host name when it comes again": _impostor(
        "for another name",
        Change(
            "edge_agent/uplink/connection.py",
            "        publisher = self._open(tls)\n",
            "        if tls is not None and self.attempts.failures:\n"
            "            tls.check_hostname = False\n"
            "        publisher = self._open(tls)\n",
        ),
    ),
    "the uplink checks no dates": _impostor(
        "over since yesterday",
        Change(TLS, CONTEXT, f"{CONTEXT}    context.verify_flags |= ssl.VerifyFlags(0x200000)\n"),
    ),
    "the uplink speaks an older TLS": _impostor("under TLS 1.2", Change(TLS, CONTEXT, "")),
    # The scene in a field outside the rule.
    "the people in the health": _field(
        "health.disk differs", _disclosed("replace(self._health(), disk=min(3, people))")
    ),
    "the people in the link's class": _field(
        "health.link differs", _disclosed("replace(self._health(), link=people % 4)")
    ),
    "the people in the frame rate": _field(
        ".rate differs",
        Change(
            DECIDING,
            QUALITY,
            "        people = sum(one[0] for one in records.values())\n"
            "        quality = wire.ImageQuality(quality.code, quality.observed, people % 4, "
            f"quality.difficulty)\n{QUALITY}",
        ),
    ),
    "the people in the start of a window": _field(
        "start does not rise",
        _disclosed(),
        Change(
            GATE,
            "                start_s=start_s,\n",
            "                start_s=start_s + people % 2,\n",
        ),
    ),
    "chance in white space": _field(
        "not the one form",
        Change(
            "edge_agent/signing/release.py",
            "        # What stands for several has the noise of each",
            "        payload = payload.replace(b'\":', b'\": ', window.id % 3)\n"
            "        # What stands for several has the noise of each",
        ),
    ),
    # Exact counts at rest.
    "exact counts in a file of the store": _exact(
        "a file in the store of which nobody has said",
        '\n        with (Path(self._settings.store_directory) / "seen").open("a") as seen:\n '
        '           seen.write(f"{people}\\n")',
    ),
    "exact counts in the log": _exact(
        "what it printed, as decimal",
        '\n        log.info("slot %d: %s", slot, sorted(said.values()))',
    ),
    "exact counts in the log, in hexadecimal": _exact(
        "what it printed, as hexadecimal",
        '\n        log.warning("%s", " ".join(f"{one[0]:04x}" for one in said.values()))',
    ),
    "exact counts on standard error, packed": _exact(
        "what it printed, as two bytes",
        '\n        os.write(2, b"".join(one[0].to_bytes(2, "big") + b"\\n" for one in '
        "said.values()))",
    ),
    "exact counts in the number of a window": Lie(
        "exact counts at rest",
        fields.PART,
        "exact counts in",
        (
            _disclosed(),
            Change(
                GATE,
                "id=secrets.randbits(62),",
                "id=secrets.randbits(46) << 16 | max(one[0] for one in said.values()),",
            ),
        ),
    ),
    # What the box says of itself.
    "level full is claimed": _stated(
        "not the measured level",
        Change(ADMITS, "lock.word_with(level) if", "lock.word_with(list(type(level))[0]) if"),
    ),
    "a constant config hash": _stated(
        "another config hash",
        Change(
            CONFIG,
            "pop(key)\n        return hashlib.sha256(json.dumps(tree, "
            "sort_keys=True).encode()).hexdigest()\n",
            'pop(key)\n        return hashlib.sha256(b"").hexdigest()\n',
        ),
    ),
    "a config hash without the masks": _stated(
        "another config hash",
        Change(
            CONFIG,
            '"keys": True, "commission": True}',
            '"keys": True, "commission": True, "masks": True}',
        ),
    ),
    "a config hash that the gate makes up": _stated(
        "another config hash", Change(GATE, "config=settings.config_sha256,", 'config="0" * 64,')
    ),
    # A supervisor that is blind, or does not act.
    "the supervisor is blind": _blind("is blind", Change(PROBE, BLIND, "if False:")),
    "the supervisor measures and goes on": _blind(
        "does not act",
        Change(SUPERVISOR, _ASKED, ""),
        Change(SUPERVISOR, _TOLD, ""),
    ),
    "the supervisor lets begin before it measures": _blind(
        "begin",
        Change(
            CHILD,
            _STARTED,
            f"{_STARTED}        from wire_contract.messages.report import Level\n"
            '        self.go(lock.word_with(Level.STANDARD) if self.role == "gate" else lock.GO)\n',
        ),
    ),
    "the supervisor lets begin at once, without the word that a gate waits for": Lie(
        "supervisor",
        START,
        "does not stay up",
        (Change(CHILD, _STARTED, f"{_STARTED}        self.go()\n"),),
    ),
    "the supervisor does not compare filters": _blind(
        "another filter", Change(PROBE, "return bool(filters) and all(", "return True or all(")
    ),
    "the supervisor looks at the sensor only": _blind(
        "a gate with",
        Change(SUPERVISOR, _ASKED, f"        if child is self._camera.sensor:\n    {_ASKED}"),
        Change(SUPERVISOR, _TOLD, ""),
    ),
    # What begins before it was measured.
    "the sensor does not wait for the word": _early(
        sensors.PART,
        "before it was measured and told to begin",
        _unwaited(SENSOR, "        Sensor(settings"),
    ),
    "the sensor looks before its lock": _early(
        sensors.PART,
        "before it was measured and told to begin",
        Change(
            SENSOR,
            "    lock.close_sensor(\n",
            "    pipeline.next(2.0), pipeline.next(2.0)\n    lock.close_sensor(\n",
        ),
    ),
    "the gate does not wait for the word": _early(
        sensors.PART, "it took a record before", _unwaited_gate()
    ),
    "the uplink does not wait for the word": _early(
        impostors.PART,
        "opened a connection before",
        _unwaited(UPLINK, "        while not stop.heard():"),
        Change(UPLINK, "import logging\n", "import logging\nimport os\n"),
    ),
    # Masks that are not painted.
    "masks are not painted": _mask(
        Change("edge_agent/vision/mask.py", "cv2.fillPoly(frame.image, [polygon], GREY)", "pass")
    ),
    "masks do not reach the sensor": _mask(
        Change(SETTINGS, "masks=tuple(mask.polygon for mask in config.masks),", "masks=(),")
    ),
    "masks are painted when the model has looked": _mask(
        Change(PIPELINE, "        self._mask.apply(frame)\n", ""),
        Change(
            PIPELINE,
            "        return _FrameJob(frame.captured_s, tuple(passes), moving)\n",
            "        seen = _FrameJob(frame.captured_s, tuple(passes), moving)\n        "
            "self._mask.apply(frame)\n        return seen\n",
        ),
    ),
    "only the first half of a mask is painted": _mask(
        Change(
            "edge_agent/vision/mask.py",
            "cv2.fillPoly(frame.image, [polygon], GREY)",
            "cv2.fillPoly(frame.image, [polygon[:3]], GREY)",
        )
    ),
    # Roles that may more than their table.
    "who watches the broker hears all": _role(
        "monitor may hear", "topic read $SYS/#", "topic read $SYS/#\ntopic read pc/v1/#"
    ),
    "who renews acknowledges": _role(
        "renewal may say", "user renewal\n", "user renewal\ntopic write pc/v1/+/+/ack\n"
    ),
    "who renews may do all": _role(
        "renewal may", "user renewal\n", "user renewal\ntopic readwrite #\n"
    ),
    "the centre hands out certificates": _role(
        "fusion may say", "user fusion\n", "user fusion\ntopic write pc/v1/+/+/certificate\n"
    ),
    "who takes devices out hears them": _role(
        "devices may hear", "user devices\n", "user devices\ntopic read pc/v1/#\n"
    ),
    "a witness speaks": _role(
        "witness may say", "user witness\n", "user witness\ntopic write pc/v1/+/+/report\n"
    ),
    "a role that nobody knows": _role(
        "the role spy", "user renewal\n", "user spy\ntopic read pc/v1/#\n\nuser renewal\n"
    ),
    # Bytes of MQTT beside topic and payload.
    "user properties in what is published": _mqtt(
        "PUBLISH properties",
        Change(
            PUBLISHER,
            SENT,
            'more = Properties(3)\n        more.UserProperty = ("seen", "7")\n        '
            f"{SENT}, properties=more",
        ),
    ),
    "a content type in what is published": _mqtt(
        "PUBLISH properties",
        Change(
            PUBLISHER,
            SENT,
            f'more = Properties(3)\n        more.ContentType = "7"\n        {SENT}, '
            "properties=more",
        ),
    ),
    "a client id of its own": _mqtt(
        "client id", Change(PUBLISHER, CLIENT, 'client_id=f"{site}.{device}.7"')
    ),
    "a keep-alive of its own": _mqtt(
        "keep-alive", Change(PUBLISHER, "KEEPALIVE_S = 30", "KEEPALIVE_S = 37")
    ),
    "a will with bytes of its own": _mqtt(
        "will payload",
        Change(
            PUBLISHER,
            "client.will_set(self._topic(Channel.STATE), self._state(Link.OFFLINE),",
            'client.will_set(self._topic(Channel.STATE), self._state(Link.OFFLINE) + b" ",',
        ),
    ),
    "a user name": _mqtt(
        "user name",
        Change(
            PUBLISHER,
            "        self._client = client\n",
            '        client.username_pw_set("seven")\n        self._client = client\n',
        ),
    ),
    "packet numbers of its own": _mqtt(
        "packet number",
        Change(
            PUBLISHER,
            "        self._client = client\n",
            "        client._last_mid = 7\n        self._client = client\n",
        ),
    ),
    # A library that can report.
    "a library that can report is let through": Lie(
        "telemetry",
        "telemetry",
        "telemetry-capable",
        (
            Change(
                "edge_agent/vision/detector.py",
                "        check_runtime_version(onnxruntime.__version__)\n",
                "",
            ),
        ),
        reports=True,
    ),
}

# SPDX-License-Identifier: Apache-2.0
"""One TOML file, one frozen tree.

Every mistake is told: file, key, what was found, what is allowed.

Paths are absolute, or relative to the folder of the config file, so that a config and its store can
move together. Secrets are never in the file: it names the files that hold them.
"""

import re
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from fusion_service.alert_config import MailConfig, WebhookConfig
from fusion_service.config_fields import (
    ConfigPath,
    ConfigTable,
    Host,
    Name,
    Port,
    is_loopback,
    refuse,
)
from fusion_service.errors import ConfigError
from fusion_service.feed_config import FEED_TABLES, FEED_WANTED, FEEDS_WANTED, Feeds
from fusion_service.public_config import AccessibilityConfig, PublicConfig
from wire_contract.programs.config_text import (
    TEXT_BYTES_MAX,
    TextError,
    line_of,
    read_text,
    read_toml,
    shown,
)

AuditorKey = Annotated[str, Field(pattern="^[A-Za-z0-9+/]{43}=$")]
"""An Ed25519 key in base64, as an auditor shows it."""
_COMMA_NUMBER = re.compile(r"[+-]?\d+,\d+")


class BrokerConfig(ConfigTable):
    """Where the broker is and how to be let in.

    TLS 1.3 is used as soon as `ca` is named; off loopback it must be.
    """

    host: Host = "127.0.0.1"
    """Loopback, the one place where plain text is allowed."""
    port: Port = 1883
    """IANA's port for MQTT without TLS; with TLS it is usually 8883."""
    client_id: Name = "fusion"
    """Fixed, because the broker keeps the session of this name while the centre is away."""
    session_expiry_s: Annotated[
        int, Field(ge=60, le=31_536_000, description="a whole number from 60 to 31536000")
    ] = 604_800
    """A week: longer than a long weekend's outage; the boxes keep their own copy anyway."""
    user: Name | None = None
    """None: the broker lets loopback in, or the certificate names the client."""
    password_file: ConfigPath | None = None
    """A file with the password on one line; wanted with `user`."""
    ca: ConfigPath | None = None
    """The certificate authority, PEM, that signs the broker's certificate."""
    certificate: ConfigPath | None = None
    """The centre's own certificate, PEM, where the broker asks for one; wanted with `key`."""
    key: ConfigPath | None = None
    """Its private key, PEM."""

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        if self.ca is None and not is_loopback(self.host):
            refuse(
                "ca",
                "nothing",
                f"a CA file: {self.host} is not loopback, and a broker elsewhere is used over TLS "
                "only",
            )
        if (self.user is None) != (self.password_file is None):
            refuse("password_file", "one of user and password_file", "both or neither")
        if (self.certificate is None) != (self.key is None):
            refuse("certificate", "one of certificate and key", "both or neither")
        if self.certificate is not None and self.ca is None:
            refuse("ca", "nothing", "a CA file: certificate and key are of use over TLS only")
        return self


class IngestConfig(ConfigTable):
    """How much may be under way at once, and when a report is late."""

    queue_max: Annotated[
        int, Field(ge=10, le=20_000, description="a whole number from 10 to 20000")
    ] = 1_000
    """Two batches: one is worked on while the next comes, and a third would only wait. At the bound
    the network thread waits and the broker keeps the rest; at most 16 KiB a message."""
    batch_max: Annotated[
        int, Field(ge=1, le=5_000, description="a whole number from 1 to 5000")
    ] = 500
    """One disk synchronisation for so many reports; larger batches gain little and delay the first
    of them."""
    batch_ms: Annotated[int, Field(ge=0, le=1_000, description="a whole number from 0 to 1000")] = (
        100
    )
    """How long a batch may wait to fill. A disk synchronisation, and each device's acknowledgement,
    then stand for more reports."""
    late_after_s: Annotated[
        int, Field(ge=0, le=86_400, description="a whole number from 0 to 86400")
    ] = 120
    """Twice the usual window of a minute, and well beyond the release offset of at most 20 s."""


class StoreConfig(ConfigTable):
    """Where the reports are kept, and how large that may grow."""

    path: ConfigPath
    """One SQLite file, with its -wal and -shm beside it; on a local disk, never on a network
    share."""
    size_mib_max: Annotated[
        int, Field(ge=1, le=1_048_576, description="a whole number from 1 to 1048576")
    ] = 16_384
    """Below the free space, so that the store says it is full before the disk is."""
    dead_letters_max: Annotated[
        int, Field(ge=1, le=100_000, description="a whole number from 1 to 100000")
    ] = 10_000
    """Rows kept of each kind, authentic and not, so that a flood of the one cannot push out the
    other. At most 60 MiB."""

    @property
    def limits(self) -> dict[str, int]:
        """How large a writer may let it grow."""
        return {"size_mib_max": self.size_mib_max, "dead_letters_max": self.dead_letters_max}


class RetentionConfig(ConfigTable):
    """How long each class of what came in is kept.

    The hashes of reports stay, so that a ledger can still be compared.
    """

    report_days: Annotated[
        int, Field(ge=1, le=36_500, description="a whole number from 1 to 36500")
    ] = 1_095
    """Three years: a summer is compared with the two before it. By the window's start, and by when
    it came."""
    estimate_days: Annotated[
        int, Field(ge=1, le=36_500, description="a whole number from 1 to 36500")
    ] = 400
    """A year and a month: a day is compared with that of a year before. A zone has a row a minute,
    about 60 MB a year."""
    context_days: Annotated[
        int, Field(ge=1, le=36_500, description="a whole number from 1 to 36500")
    ] = 400
    """A year and a month, as of estimates: a forecast is tried on what was known then."""
    forecast_days: Annotated[
        int, Field(ge=9, le=36_500, description="a whole number from 9 to 36500")
    ] = 60
    """Two months: six weeks from which it is learnt when to warn, and a fortnight. What is said a
    week ahead is scored after nine days. 60 zones take 2.5 MB a day."""
    dead_letter_days: Annotated[
        int, Field(ge=1, le=36_500, description="a whole number from 1 to 36500")
    ] = 90
    """A quarter: long enough to find out why. By when it came last."""


class HomeAssistantConfig(ConfigTable):
    """Whether released counts are shown to Home Assistant.

    Over MQTT discovery on the same broker.
    """

    enabled: Annotated[bool, Field(description="true or false")] = False
    """Off: who may read the broker's topics of it sees the counts, and the broker's acl must let
    the centre write there."""
    prefix: Annotated[
        str, Field(pattern=r"^[a-z0-9_-]{1,32}$", description="1 to 32 of a-z 0-9 _ -")
    ] = "homeassistant"
    """Home Assistant's own default."""
    devices_max: Annotated[
        int, Field(ge=1, le=1_000, description="a whole number from 1 to 1000")
    ] = 100
    """The first that are heard; each is at most 65 retained messages at the broker. A city's fleet
    belongs on the map."""


class HttpConfig(ConfigTable):
    """Where the API listens.

    Another address than loopback belongs behind a proxy with HTTPS: nobody logs in without.
    """

    host: Host = "127.0.0.1"
    """Loopback, until someone decides otherwise."""
    port: Port = 8080
    """The usual second web port, free on most machines."""


class ContactConfig(ConfigTable):
    """Whom a user of the API asks; its description names them."""

    name: Annotated[str, Field(min_length=1, max_length=100, description="1 to 100 characters")] = (
        "The operator of this centre (nobody is named in fusion.toml, [contact])"
    )
    """Says itself that it is to be filled in."""
    email: Annotated[
        str, Field(pattern=r"^[^@\s]{1,64}@[^@\s]{1,190}$", description="an e-mail address")
    ] = "operator@centre.example"
    """`.example` belongs to nobody: RFC 2606."""
    url: Annotated[
        str, Field(pattern=r"^https://[^\s]{1,200}$", description="an address with https://")
    ] = "https://centre.example"
    """The same."""


class AccessConfig(ConfigTable):
    """How whoever is on this machine gets in; everybody else logs in, or has a key."""

    local_key: ConfigPath | None = None
    """None: `local.key` beside the store. Made at the first start, for this user alone."""


class OfficerConfig(ConfigTable):
    """Whose signature under an audit counts, and where anybody may read the officer's page."""

    public_sites: Annotated[
        tuple[Annotated[str, Field(pattern="^[a-z0-9-]{1,32}$")], ...],
        Field(strict=False, max_length=1_000, description="a list of names of sites"),
    ] = ()
    """None, until somebody who may decides it."""
    auditors: Annotated[
        dict[Name, AuditorKey],
        Field(
            max_length=100,
            description="names, each with a public key: base64 of 32 bytes, as audit keygen shows",
        ),
    ] = Field(default_factory=dict)
    """Nobody: then no audit is let in."""


class MapConfig(ConfigTable):
    """What the map shows besides the site's own drawing."""

    buildings: ConfigPath | None = None
    """None: no buildings. What `site buildings` wrote; off until somebody has them shown."""


class FusionConfig(ConfigTable):
    """All that a run of the centre needs to be told."""

    store: StoreConfig
    broker: BrokerConfig = Field(default_factory=BrokerConfig)
    ingest: IngestConfig = Field(default_factory=IngestConfig)
    retention: RetentionConfig = Field(default_factory=RetentionConfig)
    home_assistant: HomeAssistantConfig = Field(default_factory=HomeAssistantConfig)
    http: HttpConfig = Field(default_factory=HttpConfig)
    contact: ContactConfig = Field(default_factory=ContactConfig)
    public: PublicConfig = Field(default_factory=PublicConfig)
    accessibility: AccessibilityConfig = Field(default_factory=AccessibilityConfig)
    officer: OfficerConfig = Field(default_factory=OfficerConfig)
    context: Feeds = Field(default_factory=dict)
    access: AccessConfig = Field(default_factory=AccessConfig)
    map: MapConfig = Field(default_factory=MapConfig)
    webhook: WebhookConfig = Field(default_factory=WebhookConfig)
    mail: MailConfig = Field(default_factory=MailConfig)

    @property
    def local_key(self) -> Path:
        """Where the key of this machine lies."""
        return self.access.local_key or self.store.path.parent / "local.key"


def load(path: Path) -> FusionConfig:
    """Read and check a config file. Raises ConfigError naming every mistake in it."""
    tree, text = _read(path)
    try:
        return FusionConfig.model_validate(tree, context={"folder": path.absolute().parent})
    except ValidationError as error:
        raise ConfigError(
            "\n".join(_explain(path, text, mistake) for mistake in error.errors())
        ) from error


def _read(path: Path) -> tuple[dict[str, Any], str]:
    """Read a file's tree and text. Raises ConfigError, whatever it holds."""
    try:
        with path.open("rb") as file:
            raw = file.read(TEXT_BYTES_MAX + 1)
    except (OSError, ValueError) as error:
        what = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise ConfigError(
            f"{path}: cannot be read: {what}; name a readable TOML file with --config"
        ) from error
    try:
        return read_toml(raw), read_text(raw)
    except TextError as error:
        raise ConfigError(f"{path}: {error}") from error


def url_of(http: HttpConfig) -> str:
    """Return where a service of this config is asked from its own machine."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, nothing is bound here
    host = everywhere.get(http.host, http.host)
    return f"http://[{host}]:{http.port}" if ":" in host else f"http://{host}:{http.port}"


def _explain(path: Path, text: str, mistake: ErrorDetails) -> str:
    """Say one mistake: file, key, what was found, what is allowed, and on which line."""
    keys, table = _place(mistake)
    number = line_of(text, (".".join(keys[:-1]), keys[-1]) if keys[1:] else tuple(keys))
    line = "" if number is None or not keys else f" (line {number})"
    if mistake["type"] == "together":
        context = mistake["ctx"]
        return (
            f"{path}: {'.'.join([*keys, context['key']])}: got {context['got']}, wanted "
            f"{context['wanted']}{line}"
        )
    found = mistake["input"]
    got = (
        "nothing"
        if mistake["type"] == "missing"
        else shown(found)
        if isinstance(found, str)
        else shown(found).strip("'")
    )
    if mistake["type"] == "extra_forbidden":
        return (
            f"{path}: {'.'.join(keys)}: unknown key, wanted one of "
            f"{', '.join(table.model_fields)}{line}"
        )
    hint = ""
    if isinstance(found, list) and len(keys) == 1:
        got, hint = f"a list [[{keys[0]}]]", ", with one bracket, once"
    elif isinstance(found, str) and _COMMA_NUMBER.fullmatch(found):
        hint = "; a number has a point, not a comma, and no quotes"
    return f"{path}: {'.'.join(keys)}: got {got}, wanted {_wanted(keys, table)}{hint}{line}"


def _place(mistake: ErrorDetails) -> tuple[list[str], type[BaseModel]]:
    """Return the keys that lead to a mistake, and the table in which the last of them stands."""
    parts = [str(part) for part in mistake["loc"]]
    if parts[:1] == ["context"] and len(parts) > 1:
        # Between a feed's name and its key stands the kind by which its table was chosen.
        return [*parts[:2], *parts[3:4]], FEED_TABLES.get("".join(parts[2:3]), FusionConfig)
    if len(parts) <= 1:
        return parts, FusionConfig
    table = FusionConfig.model_fields[parts[0]].annotation
    assert isinstance(table, type)  # noqa: S101 - every key of the tree's first floor is a table; no input changes that
    assert issubclass(table, BaseModel)  # noqa: S101 - the same
    return parts[:2], table


def _wanted(keys: list[str], table: type[BaseModel]) -> str:
    if table is not FusionConfig:
        return _description(table, keys[-1])
    if len(keys) == 1:
        return f"a table [{keys[0]}]" if keys[0] != "context" else FEEDS_WANTED
    return FEED_WANTED


def _description(table: type[BaseModel], key: str) -> str:
    """Return what a key allows.

    An optional key keeps its description on the inner type, which only the schema shows.
    """
    schema = table.model_json_schema()["properties"][key]
    inner = schema.get("anyOf", [schema])[0]
    return str(schema.get("description", inner.get("description", "another value")))

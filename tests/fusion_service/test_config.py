# SPDX-License-Identifier: Apache-2.0
"""One file, and every mistake in it told."""

from pathlib import Path

import pytest

from fusion_service.config import FusionConfig, load
from fusion_service.errors import ConfigError
from fusion_service.feed_config import FEED_TABLES

EXAMPLE = Path(__file__).parents[2] / "firmware_configs" / "examples" / "fusion.toml"
STORE = '[store]\npath = "a.sqlite"\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "fusion.toml"
    path.write_text(text)
    return path


def test_the_example_says_the_defaults() -> None:
    config = load(EXAMPLE)
    assert config == FusionConfig.model_validate(
        {"store": {"path": "fusion.sqlite"}}, context={"folder": EXAMPLE.parent}
    )


def test_the_example_names_every_key() -> None:
    text = EXAMPLE.read_text()
    for name, table in FEED_TABLES.items():
        assert f'kind = "{name}"' in text
        assert [key for key in table.model_fields if f"{key} = " not in text] == []
    for section, field in FusionConfig.model_fields.items():
        if section == "context":
            continue
        assert f"[{section}]" in text
        assert isinstance(field.annotation, type)
        for key in field.annotation.model_fields:  # type: ignore[attr-defined]  # a table of the tree
            assert f"{key} = " in text, key


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    text = (
        STORE + '[broker]\nhost = "broker.example"\nca = "/etc/ca.pem"\nuser = '
        '"fusion"\npassword_file = "sub/password"\n'
    )
    config = load(written(tmp_path, text))
    assert config.store.path == tmp_path / "a.sqlite"
    assert config.broker.password_file == tmp_path / "sub" / "password"
    assert config.broker.ca == Path("/etc/ca.pem")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "store: got nothing, wanted a table [store]"),  # empty
        ("[store]\n", "store.path: got nothing, wanted a path"),  # the one key that has no default
        ("store = 3\n", "store: got 3, wanted a table [store]"),  # not a table
        (
            STORE + "[broker]\nport = 70000\n",
            "broker.port: got 70000, wanted a whole number from 1 to 65535",
        ),  # out of range
        (
            STORE + '[broker]\nport = "1883"\n',
            "broker.port: got '1883', wanted a whole number",
        ),  # a word for a number
        (
            STORE + "[broker]\nport = 1.5\n",
            "broker.port: got 1.5, wanted a whole number",
        ),  # not whole
        (
            STORE + '[broker]\nclient_id = "a b"\n',
            "broker.client_id: got 'a b', wanted 1 to 64 of",
        ),  # not a name
        (
            STORE + "[broker]\nuser = 3\n",
            "broker.user: got 3, wanted 1 to 64 of",
        ),  # an optional key too
        (
            STORE + "[broker]\nqos = 2\n",
            "broker.qos: unknown key, wanted one of host, port, client_id",
        ),  # no such key
        (
            STORE + "[contexts]\n",
            (
                "contexts: unknown key, wanted one of store, broker, ingest, retention, "
                "home_assistant, http"
            ),
        ),  # no such table
        (STORE + "[context]\nweather = 3\n", "context.weather: got 3, wanted a table with kind = "),
        (
            STORE + '[context.weather]\nkind = "rain"\n',
            "context.weather: got \"{'kind': 'rain'}\", wanted a table with kind = one of knmi",
        ),  # a kind that nobody reads
        (
            STORE + '[context.weather]\nkind = "knmi"\nlocation = "x"\n',
            "context.weather.key_file: got nothing, wanted a path",
        ),  # the key is in a file
        (
            STORE + '[context.weather]\nkind = "knmi"\nlocation = "x"\nkey_file = "k"\nkey = "a"\n',
            "context.weather.key: unknown key, wanted one of kind, location, key_file",
        ),  # and never in the config
        (
            STORE + '[context.a]\nkind = "ical"\nurl = "http://example.org/a.ics"\n',
            "context.a.url: got 'http://example.org/a.ics', wanted an address with https://",
        ),
        (
            STORE + '[context.a]\nkind = "ical"\nurl = "https://a/"\nevery_s = 1\n',
            "context.a.every_s: got 1, wanted a whole number from 60 to 86400 (line 6)",
        ),
        (
            STORE + '[context.a]\nkind = "gtfs-rt"\ntrip_updates_url = ""\n'
            'vehicle_positions_url = ""\nstops = { a = ["1"] }\n',
            "context.a.trip_updates_url: got no address at all",
        ),
        (
            STORE + '[broker]\nhost = "broker.example"\n',
            "broker.ca: got nothing, wanted a CA file",
        ),  # plain text off loopback
        (
            STORE + '[broker]\nuser = "fusion"\n',
            "broker.password_file: got one of",
        ),  # half a log-in
        (
            STORE + '[broker]\nca = "c"\nkey = "k"\n',
            "broker.certificate: got one of",
        ),  # half a certificate
        (
            STORE + '[broker]\ncertificate = "c"\nkey = "k"\n',
            "broker.ca: got nothing",
        ),  # a certificate without TLS
        ("[store\n", "line 1: not TOML: Expected ']'"),  # not TOML
    ],
)
def test_a_mistake_names_file_key_found_and_allowed(tmp_path: Path, text: str, told: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: {told}")


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, STORE + "[http]\nport = 0\n[ingest]\nqueue_max = 1\n"))
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost"])
def test_loopback_needs_no_tls(tmp_path: Path, host: str) -> None:
    assert load(written(tmp_path, STORE + f'[broker]\nhost = "{host}"\n')).broker.ca is None


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: cannot be read: No such file"):
        load(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ('[webhook]\nurl = "https://x.example/told"', "webhook.secret_file: got nothing"),
        (
            '[webhook]\nurl = "http://x.example/told"\nsecret_file = "s"',
            "webhook.url: got http://, wanted https://, but on this machine",
        ),
        ('[mail]\nhost = "mail.example"', "mail.to: got nobody"),
        (
            '[mail]\nhost = "mail.example"\nto = ["a@x.example"]\nsecurity = "none"',
            "mail.security: got none, wanted tls or starttls: mail.example is not loopback",
        ),
        (
            '[mail]\nhost = "mail.example"\nto = ["a@x.example"]\nuser = "centre"',
            "mail.password_file: got one of user and password_file",
        ),
        ('[mail]\nhost = "mail.example"\nto = ["nobody"]', "mail.to"),
    ],
)
def test_who_is_told_is_told_over_tls_and_signed(tmp_path: Path, text: str, mistake: str) -> None:
    path = tmp_path / "fusion.toml"
    path.write_text(f'[store]\npath = "fusion.sqlite"\n{text}\n')
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert mistake in str(caught.value)


def test_on_this_machine_a_webhook_needs_no_tls_and_secrets_are_files(tmp_path: Path) -> None:
    path = tmp_path / "fusion.toml"
    path.write_text(
        '[store]\npath = "fusion.sqlite"\n[webhook]\nurl = "http://127.0.0.1:9/x"\n'
        'secret_file = "secret"\n[mail]\nhost = "127.0.0.1"\nsecurity = "none"\n'
        'to = ["desk@x.example"]\n'
    )
    config = load(path)
    assert config.webhook.secret_file == tmp_path / "secret"
    assert config.mail.to == ("desk@x.example",)

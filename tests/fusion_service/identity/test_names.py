# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from development.fakes.messages import names as good_names
from fusion_service.errors import IdentityError
from fusion_service.identity import names
from wire_contract.topics import Channel, DeviceTopic


@given(good_names, good_names)
def test_a_devices_name_is_the_middle_of_its_topics_or_is_refused(site: str, device: str) -> None:
    if len(site) + len(device) < names.COMMON_NAME_CHARACTERS_MAX:
        assert (
            DeviceTopic(site, device, Channel.REPORT).text
            == f"pc/v1/{names.of_device(site, device)}/report"
        )
    else:
        with pytest.raises(IdentityError, match="at most 64"):
            names.of_device(site, device)


@given(st.text(max_size=40))
def test_no_wildcard_level_or_blank_is_ever_named(text: str) -> None:
    try:
        named = names.of_device("beach", text)
    except IdentityError:
        return
    assert named.count("/") == 1
    assert not set(named) & set("+#$ \0\n%")


@pytest.mark.parametrize(
    ("site", "device"),
    [
        ("weird+#", "a"),  # wildcards
        ("a", "+"),  # one level, whichever
        ("a", "#"),  # everything below
        ("a", "b/c"),  # one level more
        ("a/b", "c"),  # the same
        ("", "a"),  # no site
        ("a", ""),  # no device
        ("A", "b"),  # a capital
        ("a", "b\n"),  # a line end
        ("$share", "a"),  # a word of the broker
        ("%u", "a"),  # a word of its access list
        ("a" * 33, "b"),  # too long for the wire
    ],
)
def test_a_name_that_no_device_may_have_is_refused(site: str, device: str) -> None:
    with pytest.raises(IdentityError, match="wanted a word like"):
        names.of_device(site, device)


def test_a_client_is_never_taken_for_a_device() -> None:
    assert names.of_client("fusion") == "fusion"
    with pytest.raises(IdentityError, match="client"):
        names.of_client("beach/pier-1")


@pytest.mark.parametrize("host", ["broker.example", "broker", "192.0.2.1", "2001:db8::1", "a-1.b"])
def test_a_host_is_a_name_or_an_address(host: str) -> None:
    assert str(names.of_host(host).value) == host


@pytest.mark.parametrize(
    "host",
    [
        "",
        "*.example",
        "Broker",
        "a..b",
        "-a",
        "a_b",
        "192.0.2.256",
        "a" * 64,
        "a.b" * 100,
        "a b",
        "a:8883",
    ],
)
def test_another_word_is_no_host(host: str) -> None:
    with pytest.raises(IdentityError, match="wanted a host name"):
        names.of_host(host)

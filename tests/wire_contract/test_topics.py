# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from development.fakes.messages import names
from wire_contract.errors import DecodeError, FieldError
from wire_contract.topics import CENTRE_STATE, Channel, DeviceTopic, SourceTopic, every_device


@given(names, names, st.sampled_from(Channel))
def test_a_topic_parsed_is_the_topic_printed(site: str, device: str, channel: Channel) -> None:
    topic = DeviceTopic(site, device, channel)
    assert DeviceTopic.parse(topic.text) == topic


@pytest.mark.parametrize(
    "text",
    [
        "",  # Nothing.
        "pc/v1/beach/pier-1",  # Too short.
        "pc/v1/beach/pier-1/report/more",  # Too long.
        "pc/v2/beach/pier-1/report",  # Another major.
        "pc/v1/beach/pier-1/pictures",  # No such channel.
        "pc/v1/beach/+/report",  # A wildcard is no device.
        "pc/v1//pier-1/report",  # An empty site.
        "pc/v1/beach/Pier/report",  # Capitals.
        CENTRE_STATE,  # The centre's own topic is no device's.
    ],
)
def test_what_is_no_device_topic_is_refused(text: str) -> None:
    with pytest.raises(DecodeError):
        DeviceTopic.parse(text)


def test_a_name_with_a_wildcard_makes_no_topic() -> None:
    with pytest.raises(FieldError):
        DeviceTopic("beach", "weird+#", Channel.REPORT)


def test_no_site_can_take_the_topic_of_the_centre() -> None:
    assert all(DeviceTopic("fusion", "state", channel).text != CENTRE_STATE for channel in Channel)


def test_a_subscription_covers_one_channel_of_every_device() -> None:
    assert every_device(Channel.META) == "pc/v1/+/+/meta"


@given(names, names)
def test_the_topic_of_a_source_parsed_is_the_topic_printed(site: str, source: str) -> None:
    topic = SourceTopic(site, source)
    assert SourceTopic.parse(topic.text) == topic
    with pytest.raises(DecodeError):
        DeviceTopic.parse(topic.text)


@pytest.mark.parametrize(
    "text",
    [
        "pc/sources/beach",  # Too short.
        "pc/sources/beach/kiosk/more",  # Too long.
        "pc/sources/beach/+",  # A wildcard is no source.
        "pc/sources//kiosk",  # An empty site.
        "pc/v1/beach/pier-1/report",  # A box.
    ],
)
def test_what_is_no_topic_of_a_source_is_refused(text: str) -> None:
    with pytest.raises(DecodeError, match="topic"):
        SourceTopic.parse(text)

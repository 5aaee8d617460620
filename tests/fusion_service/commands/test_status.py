# SPDX-License-Identifier: Apache-2.0
"""The tables of `fusion-service status`, from views alone."""

from datetime import UTC, datetime

import pytest
from rich.text import Text

from fusion_service.commands import status
from fusion_service.web.form.instants import of_milliseconds
from fusion_service.web.views.base import Page
from fusion_service.web.views.devices import CertificateDaysView, DeviceView, LinkView
from fusion_service.web.views.health import CertificateView, Condition, OutletView

ENDS = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "days_left", "remedy"),
    [
        ("broker", 15, None),
        ("broker", 14, "fusion-service ca renew-servers"),
        ("centre", -1, "fusion-service ca renew-servers"),
        ("issuing", 61, None),
        ("issuing", 60, "fusion-service ca issuing"),
        ("root", 401, None),
        ("root", 400, "fusion-service ca init"),
    ],
)
def test_status_says_in_red_what_renews_a_certificate_while_there_is_time(
    name: str, days_left: int, remedy: str | None
) -> None:
    line = status._certificate_line(CertificateView(name=name, ends=ENDS, days_left=days_left))
    assert line.plain.startswith(
        f"certificate of the {name}: {days_left} days left, until 2030-01-02 03:04 UTC"
    )
    assert (line.style == "red") == (remedy is not None)
    assert line.plain.endswith(f"; run {remedy}" if remedy else " UTC")


def test_status_says_in_red_since_when_an_outlet_fails_and_what_waits() -> None:
    failing = OutletView(
        name="mail",
        condition=Condition.DEGRADED,
        detail="TimeoutError",
        since=ENDS,
        waiting=2,
        oldest_at=ENDS,
    )
    line = status._outlet_line(failing)
    at = "2030-01-02 03:04:05"
    said = f"mail: fails since {at}: TimeoutError; 2 messages wait, the oldest since {at}"
    assert (line.plain, line.style) == (said, "red")
    fine = status._outlet_line(OutletView(name="mail", condition=Condition.FINE))
    assert (fine.plain, fine.style) == ("mail: fine", "")


def device_view(certificate: CertificateDaysView | None) -> DeviceView:
    return DeviceView(
        site="beach",
        device="pier-1",
        test_site=False,
        added_at=of_milliseconds(1),
        last_seen_at=None,
        reports=0,
        late_reports=0,
        missing=0,
        link=LinkView.ONLINE,
        link_at=of_milliseconds(1),
        lost_at=None,
        level=None,
        stream=None,
        ledger=None,
        last_window=None,
        meta=None,
        certificate=certificate,
    )


@pytest.mark.parametrize(("days_left", "style"), [(7, ""), (6, "red"), (-1, "red")])
def test_the_table_of_devices_has_the_days_of_each_certificate_where_any_is_known(
    days_left: int, style: str
) -> None:
    known = CertificateDaysView(ends=ENDS, days_left=days_left)
    table = status._device_table(Page(items=(device_view(known), device_view(None)), next=None))
    (column,) = (column for column in table.columns if column.header == "certificate")
    first, second = column.cells
    assert (str(first), str(second)) == (f"{days_left} days", "")
    assert isinstance(first, Text)
    assert first.style == style
    without = status._device_table(Page(items=(device_view(None),), next=None))
    assert "certificate" not in {column.header for column in without.columns}

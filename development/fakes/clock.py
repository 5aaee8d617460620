# SPDX-License-Identifier: Apache-2.0
"""A clock that a test turns by hand."""


class FakeClock:
    """Monotonic time and UTC move together; UTC may be set, as a time daemon would."""

    def __init__(
        self,
        *,
        monotonic_s: float = 1000.0,
        utc_s: float = 1_750_000_000.0,
        synchronised: bool = True,
    ) -> None:
        self.now_s = monotonic_s
        self.offset_s = utc_s - monotonic_s
        self.is_synchronised = synchronised

    def monotonic_s(self) -> float:
        return self.now_s

    def utc_s(self) -> float:
        return self.now_s + self.offset_s

    def synchronised(self) -> bool:
        return self.is_synchronised

    def advance(self, seconds: float) -> None:
        self.now_s += seconds

    def set_utc(self, utc_s: float) -> None:
        self.offset_s = utc_s - self.now_s
        self.is_synchronised = True

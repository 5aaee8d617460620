# SPDX-License-Identifier: Apache-2.0
"""Read a table of a model's card key by key, noting every mistake instead of raising the first."""

import re


class CardTable:
    """One table of the card.

    Every getter notes a mistake and returns a value of the right type, so that reading goes on.
    """

    def __init__(self, content: object, path: str, mistakes: list[str]) -> None:
        self._path = path
        self._mistakes = mistakes
        if not isinstance(content, dict):
            mistakes.append(f"[{path}] is missing or no table")
            content = {}
            # One mistake is enough: the keys of a missing table are not asked for one by one.
            self._mistakes = []
        self._content: dict[str, object] = content
        self._unread = set(content)

    def mistake(self, key: str, wanted: str) -> None:
        """Note that the value of a key is not what is wanted."""
        name = f"{self._path}.{key}" if self._path else key
        got = repr(self._content[key]) if key in self._content else "missing"
        self._mistakes.append(f"{name} is {got}, wanted {wanted}")

    def text(self, key: str, pattern: re.Pattern[str] | None = None) -> str:
        """Return a text that is not empty and fits the pattern."""
        value = self._read(key)
        if (
            not isinstance(value, str)
            or not value
            or (pattern is not None and pattern.fullmatch(value) is None)
        ):
            self.mistake(key, f"text like {pattern.pattern}" if pattern else "text")
            return ""
        return value

    def optional_text(self, key: str, pattern: re.Pattern[str] | None = None) -> str | None:
        """Return a text as text() does, None where the key is missing."""
        return self.text(key, pattern) if key in self._content else None

    def has(self, key: str) -> bool:
        """Say whether the key is there."""
        return key in self._content

    def flag(self, key: str) -> bool:
        """Return true or false."""
        value = self._read(key)
        if not isinstance(value, bool):
            self.mistake(key, "true or false")
            return False
        return value

    def optional_flag(self, key: str) -> bool | None:
        """Return true or false, None where the key is missing."""
        return self.flag(key) if key in self._content else None

    def integer(self, key: str, low: int, high: int) -> int:
        """Return a whole number low..high."""
        value = self._read(key)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.mistake(key, f"a whole number {low}..{high}")
            return low
        return value

    def number(self, key: str, low: float, high: float) -> float:
        """Return a number low..high."""
        value = self._read(key)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not low <= value <= high
        ):
            self.mistake(key, f"a number {low}..{high}")
            return low
        return float(value)

    def optional_number(self, key: str, low: float, high: float) -> float | None:
        """Return a number low..high, None where the key is missing."""
        return self.number(key, low, high) if key in self._content else None

    def optional_integer(self, key: str, low: int, high: int) -> int | None:
        """Return a whole number low..high, None where the key is missing."""
        return self.integer(key, low, high) if key in self._content else None

    def channels(self, key: str, low: float, high: float) -> tuple[float, float, float]:
        """Return one number low..high for each of three channels."""
        match self._read(key):
            case [int() | float() as one, int() | float() as two, int() | float() as three] if all(
                low <= value <= high for value in (one, two, three)
            ):
                return float(one), float(two), float(three)
        self.mistake(key, f"three numbers {low}..{high}, one for each channel")
        return 1.0, 1.0, 1.0

    def entries(self, key: str) -> list[object]:
        """Return a list that is not empty."""
        value = self._read(key)
        if not isinstance(value, list) or not value:
            self.mistake(key, "a list that is not empty")
            return []
        return value

    def table(self, key: str) -> "CardTable":
        """Return the table under a key."""
        return CardTable(
            self._read(key), f"{self._path}.{key}" if self._path else key, self._mistakes
        )

    def optional_table(self, key: str) -> "CardTable | None":
        """Return the table under a key, None where it is missing."""
        return self.table(key) if key in self._content else None

    def tables(self, key: str) -> list["CardTable"]:
        """Return the tables of a list, none where the key is missing."""
        if key not in self._content:
            return []
        return [
            CardTable(entry, f"{key}[{index}]", self._mistakes)
            for index, entry in enumerate(self.entries(key))
        ]

    def close(self) -> None:
        """Note every key that nothing has read."""
        self._mistakes.extend(
            f"{self._path}{'.' if self._path else ''}{key} is not known"
            for key in sorted(self._unread)
        )

    def _read(self, key: str) -> object:
        self._unread.discard(key)
        return self._content.get(key)

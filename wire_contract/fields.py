# SPDX-License-Identifier: Apache-2.0
"""Describe a field once: its check, its JSON form and its JSON Schema all come from that one line.

A message is a frozen dataclass whose annotations carry a field rule:

    start_s: Annotated[int, Integer(0, 2**40), Key("start")]

Only integers, words from a closed set or pattern, nested messages and arrays of messages exist. There is no rule for free
text, bytes, floats or open mappings, so no message can be given a field in which a picture or an identity could ride.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Self, get_args, get_origin, get_type_hints

from wire_contract.errors import DecodeError, FieldError

Json = int | str | list[Any] | dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Integer:
    """Whole numbers from `low` to `high`, both included."""

    low: int
    high: int

    def check(self, value: object, where: str) -> None:
        """Raise FieldError, led by `where`, unless the value is a whole number in the range."""
        if type(value) is not int or not self.low <= value <= self.high:
            raise FieldError(f"{where}: got {_shown(value)}, wanted a whole number from {self.low} to {self.high}")

    def schema(self) -> dict[str, Any]:
        """Return the rule as JSON Schema."""
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True, slots=True)
class Word:
    """ASCII words that match `pattern` as a whole."""

    pattern: str

    def check(self, value: object, where: str) -> None:
        """Raise FieldError, led by `where`, unless the value matches."""
        if not isinstance(value, str) or _compiled(self.pattern).fullmatch(value) is None:
            raise FieldError(f"{where}: got {_shown(value)}, wanted a word like {self.pattern}")

    def schema(self) -> dict[str, Any]:
        """Return the rule as JSON Schema."""
        return {"type": "string", "pattern": f"^{self.pattern}$"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the words of an enumeration."""

    words: type[StrEnum]

    def check(self, value: object, where: str) -> None:
        """Raise FieldError, led by `where`, unless the value is one of the words."""
        if not isinstance(value, str) or value not in tuple(self.words):
            raise FieldError(f"{where}: got {_shown(value)}, wanted one of {', '.join(self.words)}")

    def schema(self) -> dict[str, Any]:
        """Return the rule as JSON Schema."""
        return {"enum": [str(word) for word in self.words]}


@dataclass(frozen=True, slots=True)
class Most:
    """An array holds at most `length` elements."""

    length: int


@dataclass(frozen=True, slots=True)
class Key:
    """The JSON key, where it is not the field's own name."""

    name: str


class Message:
    """Base of the dataclasses that travel: checks every field when made, so that no invalid instance exists.

    Raises FieldError naming the field, what was found and what is allowed.
    """

    __slots__ = ()

    def __post_init__(self) -> None:
        where = type(self).__name__
        for attribute, field in _fields_of(type(self)).items():
            field.check(getattr(self, attribute), f"{where}.{field.key}")

    def to_json(self) -> dict[str, Json]:
        """Return the message as JSON values: integers, words, null, arrays and objects of those."""
        return {field.key: field.to_json(getattr(self, name)) for name, field in _fields_of(type(self)).items()}

    @classmethod
    def from_json(cls, value: object, where: str = "") -> Self:
        """Build the message from decoded JSON.

        Every key must be there and none besides: an unknown key is refused, so that nothing can travel unread.
        Raises DecodeError for a wrong shape and FieldError for a value out of range.
        """
        where = where or cls.__name__
        wanted = {field.key: (name, field) for name, field in _fields_of(cls).items()}
        if not isinstance(value, dict):
            raise DecodeError(f"{where}: got {_shown(value)}, wanted an object with {', '.join(wanted)}")
        if value.keys() != wanted.keys():
            missing, unknown = sorted(wanted.keys() - value.keys()), sorted(map(str, value.keys() - wanted.keys()))
            raise DecodeError(f"{where}: missing {_shown(missing)}, unknown {_shown(unknown)}")
        arguments = {name: field.from_json(value[key], f"{where}.{key}") for key, (name, field) in wanted.items()}
        return cls(**arguments)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON Schema (2020-12) of the message."""
        properties = {field.key: field.schema() for field in _fields_of(cls).values()}
        return {"type": "object", "additionalProperties": False, "required": sorted(properties), "properties": properties}


@dataclass(frozen=True, slots=True)
class _Field:
    """One field as its annotation states it: one element (a ruled value or a message), or an array of them."""

    key: str
    element: Integer | Word | Choice | type[Message]
    length_max: int | None
    nullable: bool

    def check(self, value: object, where: str) -> None:
        if value is None and self.nullable:
            return
        if self.length_max is None:
            self._check_element(value, where)
        elif not isinstance(value, tuple) or len(value) > self.length_max:
            raise FieldError(f"{where}: got {_shown(value)}, wanted a tuple of at most {self.length_max}")
        else:
            for element in value:
                self._check_element(element, where)

    def _check_element(self, value: object, where: str) -> None:
        if not isinstance(self.element, type):
            self.element.check(value, where)
        elif not isinstance(value, self.element):
            raise FieldError(f"{where}: got {_shown(value)}, wanted {self.element.__name__}")

    def to_json(self, value: object) -> Json:
        if isinstance(value, tuple):
            return [_element_to_json(element) for element in value]
        return _element_to_json(value)

    def from_json(self, value: object, where: str) -> object:
        if self.length_max is None:
            return self._element_from_json(value, where)
        if not isinstance(value, list) or len(value) > self.length_max:
            raise DecodeError(f"{where}: got {_shown(value)}, wanted an array of at most {self.length_max}")
        return tuple([self._element_from_json(element, where) for element in value])

    def _element_from_json(self, value: object, where: str) -> object:
        if isinstance(self.element, type):
            return self.element.from_json(value, where)
        if isinstance(self.element, Choice):
            self.element.check(value, where)
            return self.element.words(str(value))
        return value

    def schema(self) -> dict[str, Any]:
        element = self.element.json_schema() if isinstance(self.element, type) else self.element.schema()
        if self.length_max is not None:
            return {"type": "array", "maxItems": self.length_max, "items": element}
        return {"anyOf": [element, {"type": "null"}]} if self.nullable else element


_FIELDS: dict[type[Message], dict[str, _Field]] = {}
"""What each message's annotations say, read once a class."""


def _fields_of(message: type[Message]) -> dict[str, _Field]:
    known = _FIELDS.get(message)
    if known is None:
        hints = get_type_hints(message, include_extras=True)
        known = {name: _field(name, hint) for name, hint in hints.items()}
        _FIELDS[message] = known
    return known


def _field(name: str, hint: Any) -> _Field:  # noqa: ANN401 - an annotation can be any typing form
    plain, extras = (get_args(hint)[0], get_args(hint)[1:]) if get_origin(hint) is Annotated else (hint, ())
    length_max = next((extra.length for extra in extras if isinstance(extra, Most)), None)
    rule = next((extra for extra in extras if isinstance(extra, Integer | Word | Choice)), None)
    return _Field(
        key=next((extra.name for extra in extras if isinstance(extra, Key)), name),
        element=rule or (plain if length_max is None else get_args(plain)[0]),
        length_max=length_max,
        nullable=type(None) in get_args(plain),
    )


def _element_to_json(value: object) -> Json:
    if isinstance(value, Message):
        return value.to_json()
    return value  # type: ignore[return-value]  # an int, a word or null: checked when the message was made


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


def _shown(value: object) -> str:
    """Show a refused value, cut short: an error line must not become a place for bulk data."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - 60 characters keep an error on one line

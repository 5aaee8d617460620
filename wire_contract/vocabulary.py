# SPDX-License-Identifier: Apache-2.0
"""Describe a field once: its check, its JSON form and its JSON Schema all come from that one line.

A message is a frozen dataclass whose annotations carry a field rule:

    start_s: Annotated[int, Integer(0, 2**40), Key("start")]

Only integers, words from a closed set or pattern, nested messages and arrays of messages exist.
There is no rule for free text, bytes, floats or open mappings, so no message can be given a field
in which a picture or an identity could ride.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, NamedTuple, Self, get_args, get_origin, get_type_hints

from wire_contract.errors import DecodeError, FieldError

Json = int | str | list[Any] | dict[str, Any] | None
Test = Callable[[object], bool]
"""Says whether a value fits."""
Read = Callable[[Any], object]
"""Turns decoded JSON into what a message holds; what does not fit goes through as it is, and the
message's own check refuses it."""


class FieldRule(ABC):
    """What one value may be."""

    __slots__ = ()

    @abstractmethod
    def test(self) -> Test:
        """Return the check as one plain function.

        It is made once a field, and run for every value of every message.
        """

    @property
    @abstractmethod
    def wanted(self) -> str:
        """The rule in words."""

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """Return the rule as JSON Schema."""

    def check(self, value: object, where: str) -> None:
        """Raise FieldError, led by `where`, unless the value fits."""
        if not self.test()(value):
            raise FieldError(f"{where}: got {_shown(value)}, wanted {self.wanted}")


@dataclass(frozen=True, slots=True)
class Integer(FieldRule):
    """Whole numbers from `low` to `high`, both included."""

    low: int
    high: int

    def test(self) -> Test:
        """Return the check for a whole number in the range; a truth value is none."""
        low, high = self.low, self.high
        return lambda value: type(value) is int and low <= value <= high

    @property
    def wanted(self) -> str:
        """The rule in words."""
        return f"a whole number from {self.low} to {self.high}"

    def schema(self) -> dict[str, Any]:
        """Return the rule as JSON Schema."""
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True, slots=True)
class Word(FieldRule):
    """ASCII words that match `pattern` as a whole."""

    pattern: str

    def test(self) -> Test:
        """Return the check for a word that matches."""
        match = _compiled(self.pattern).fullmatch
        return lambda value: isinstance(value, str) and match(value) is not None

    @property
    def wanted(self) -> str:
        """The rule in words."""
        return f"a word like {self.pattern}"

    def schema(self) -> dict[str, Any]:
        """Return the rule as JSON Schema."""
        return {"type": "string", "pattern": f"^{self.pattern}$"}


@dataclass(frozen=True, slots=True)
class Choice(FieldRule):
    """One of the words of an enumeration."""

    words: type[StrEnum]

    def test(self) -> Test:
        """Return the check for one of the words."""
        words = frozenset(map(str, self.words))
        return lambda value: isinstance(value, str) and value in words

    @property
    def wanted(self) -> str:
        """The rule in words."""
        return f"one of {', '.join(self.words)}"

    def schema(self) -> dict[str, Any]:
        """Return the rule as JSON Schema."""
        return {"enum": [str(word) for word in self.words]}


@dataclass(frozen=True, slots=True)
class AtMost:
    """An array holds at most `length` elements."""

    length: int


@dataclass(frozen=True, slots=True)
class Key:
    """The JSON key, where it is not the field's own name."""

    name: str


class Message:
    """Base of the dataclasses that travel.

    Checks every field when made, so that no invalid instance exists.

    Raises FieldError naming the field, what was found and what is allowed.
    """

    __slots__ = ()

    def __post_init__(self) -> None:
        for step in _PLANS[type(self)].steps:
            if not step.test(getattr(self, step.name)):
                raise _unfit(type(self), step.name, getattr(self, step.name))

    def to_json(self) -> dict[str, Json]:
        """Return the message as JSON values: integers, words, null, arrays and objects of those."""
        return {
            field.key: field.to_json(getattr(self, name))
            for name, field in _fields_of(type(self)).items()
        }

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Build the message from decoded JSON.

        Every key must be there and none besides: an unknown key is refused, so that nothing can
        travel unread. Raises DecodeError for a wrong shape and FieldError for a value out of range.
        """
        plan = _PLANS[cls]
        if not isinstance(value, dict) or value.keys() != plan.keys:
            raise DecodeError(f"{cls.__name__}: {_misfit(value, plan.keys)}")
        # Each value is read, checked and put in its place in one go: calling the class, which
        # checks too, takes a fourth longer.
        message = cls.__new__(cls)
        for name, key, test, read, put in plan.steps:
            one = value[key] if read is None else read(value[key])
            if not test(one):
                raise _unfit(cls, name, one)
            put(message, one)
        return message

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON Schema (2020-12) of the message."""
        properties = {field.key: field.schema() for field in _fields_of(cls).values()}
        return {
            "type": "object",
            "additionalProperties": False,
            "required": sorted(properties),
            "properties": properties,
        }


@dataclass(frozen=True, slots=True)
class _Field:
    """One field as its annotation states it.

    It has one element (a ruled value or a message), or an array of them.
    """

    key: str
    element: FieldRule | type[Message]
    length_max: int | None
    nullable: bool

    def test(self) -> Test:
        """Return the check of a value: null where that may be, one element, or a tuple of them."""
        nullable, length_max, element = self.nullable, self.length_max, self.element
        one: Test = (
            (lambda value: isinstance(value, element))
            if isinstance(element, type)
            else element.test()
        )
        if length_max is not None:
            return lambda value: (
                isinstance(value, tuple) and len(value) <= length_max and all(map(one, value))
            )
        return (lambda value: value is None or one(value)) if nullable else one

    def read(self) -> Read | None:
        """Return how decoded JSON becomes the value; None where it is that already."""
        element = self.element
        one: Read | None = None
        if isinstance(element, type):
            one = element.from_json
        elif isinstance(element, Choice):
            words: dict[object, StrEnum] = {str(word): word for word in element.words}
            one = lambda value: words.get(value, value) if isinstance(value, str) else value  # noqa: E731 - one of two readings
        if self.length_max is None:
            return one
        return lambda value: (
            tuple(map(one, value) if one else value) if isinstance(value, list) else value
        )

    @property
    def wanted(self) -> str:
        """The field's rule in words."""
        one = self.element.__name__ if isinstance(self.element, type) else self.element.wanted
        several = (
            f"a tuple of at most {self.length_max}, each {one}"
            if self.length_max is not None
            else one
        )
        return f"{several} or null" if self.nullable else several

    def to_json(self, value: object) -> Json:
        if isinstance(value, tuple):
            return [_element_to_json(element) for element in value]
        return _element_to_json(value)

    def schema(self) -> dict[str, Any]:
        element = (
            self.element.json_schema() if isinstance(self.element, type) else self.element.schema()
        )
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


class _Step(NamedTuple):
    """What is done for one field of every message of a class; put is the field's slot."""

    name: str
    key: str
    test: Test
    read: Read | None
    put: Callable[[Message, object], None]


class _Plan(NamedTuple):
    """What is done for every message of a class."""

    keys: frozenset[str]
    steps: tuple[_Step, ...]


class _Plans(dict[type[Message], _Plan]):
    """Made once a class."""

    def __missing__(self, message: type[Message]) -> _Plan:
        if message.__post_init__ is not Message.__post_init__:
            # `from_json` would pass by it; what is wrong of several fields together is for who uses
            # the message to say.
            raise TypeError(
                f"{message.__name__}: has a check of its own, wanted fields that are each checked "
                "by themselves"
            )
        fields = _fields_of(message)
        steps = [
            _Step(name, field.key, field.test(), field.read(), getattr(message, name).__set__)
            for name, field in fields.items()
        ]
        plan = self[message] = _Plan(frozenset(step.key for step in steps), tuple(steps))
        return plan


_PLANS = _Plans()


def _unfit(message: type[Message], name: str, value: object) -> FieldError:
    """Say what a field has and may not have."""
    field = _fields_of(message)[name]
    return FieldError(f"{message.__name__}.{field.key}: got {_shown(value)}, wanted {field.wanted}")


def _misfit(value: object, keys: frozenset[str]) -> str:
    """Say how something is not an object with just these keys."""
    if not isinstance(value, dict):
        return f"got {_shown(value)}, wanted an object with {', '.join(sorted(keys))}"
    missing, unknown = sorted(keys - value.keys()), sorted(map(str, value.keys() - keys))
    return f"missing {_shown(missing)}, unknown {_shown(unknown)}"


def _field(name: str, hint: Any) -> _Field:  # noqa: ANN401 - an annotation can be any typing form
    plain, extras = (
        (get_args(hint)[0], get_args(hint)[1:]) if get_origin(hint) is Annotated else (hint, ())
    )
    length_max = next((extra.length for extra in extras if isinstance(extra, AtMost)), None)
    rule = next((extra for extra in extras if isinstance(extra, FieldRule)), None)
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

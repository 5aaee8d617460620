# SPDX-License-Identifier: Apache-2.0
import json
import random
from dataclasses import replace

import pytest
import rfc8785
from hypothesis import given

from development.fakes.messages import REPORT, Signer, largest_report, reports
from wire_contract.codec import ENVELOPE_BYTES_MAX, decode, encode, join, open_envelope, split
from wire_contract.errors import DecodeError
from wire_contract.messages.meta import Meta
from wire_contract.messages.report import Report
from wire_contract.topics import Channel

NOT_REPORTS = {
    # What is wrong, and the bytes.
    "empty": b"",
    "not JSON": b"{",
    "another encoding": encode(REPORT).decode().encode("utf-16"),
    "an array": b"[]",
    "a number": b"7",
    "a float": encode(REPORT).replace(b'"length":60', b'"length":60.0'),
    "an exponent": encode(REPORT).replace(b'"length":60', b'"length":6e1'),
    "not a number": encode(REPORT).replace(b'"length":60', b'"length":NaN'),
    "a key twice": encode(REPORT).replace(b'"length":60', b'"length":60,"length":60'),
    "white space": encode(REPORT).replace(b'"length":60', b'"length": 60'),
    "another order of keys": json.dumps(
        dict(reversed(json.loads(encode(REPORT)).items())), separators=(",", ":")
    ).encode(),
    "an unknown key": encode(REPORT).replace(b'"length":60', b'"extra":1,"length":60'),
    "a missing key": encode(REPORT).replace(b'"length":60,', b""),
    "free text in a name": encode(REPORT).replace(b'"site":"beach"', b'"site":"Beach view"'),
    "a name too long": encode(REPORT).replace(b'"site":"beach"', b'"site":"' + b"b" * 33 + b'"'),
    "a word not in the list": encode(REPORT).replace(b'"clock":"live"', b'"clock":"slow"'),
    "a truth value for a number": encode(REPORT).replace(b'"length":60', b'"length":true'),
    "a count out of range": encode(REPORT).replace(b'"in":12', b'"in":1000001'),
    "a sequence of 0": encode(REPORT).replace(b'"sequence":7', b'"sequence":0'),
    "another version": encode(REPORT).replace(b'"v":2', b'"v":3'),
    "too many lines": encode(REPORT).replace(
        b'"lines":[', b'"lines":[' + b'{"id":"a","in":0,"out":0},' * 16
    ),
    "an object where an array is due": encode(REPORT).replace(
        b'"parameters":[1000]', b'"parameters":{}'
    ),
    "deep nesting": b"[" * 5000,
    "a number of 5000 digits": b'{"v":' + b"1" * 5000 + b"}",
    "too large": b" " * (ENVELOPE_BYTES_MAX + 1),
}


@given(reports)
def test_decoding_what_was_encoded_gives_it_back(report: Report) -> None:
    assert decode(Report, encode(report)) == report


@given(reports)
def test_the_encoding_is_canonical_json_as_the_reference_writes_it(report: Report) -> None:
    assert encode(report) == rfc8785.dumps(report.to_json())


@given(reports)
def test_no_payload_holds_anything_but_integers_words_and_null(report: Report) -> None:
    def walk(value: object) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                assert isinstance(key, str)
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)
        else:
            assert value is None or type(value) in (int, str)
            assert not isinstance(value, str) or len(value) <= 64

    walk(json.loads(encode(report)))


@pytest.mark.parametrize("payload", NOT_REPORTS.values(), ids=NOT_REPORTS.keys())
def test_what_is_not_a_report_is_refused_by_name(payload: bytes) -> None:
    with pytest.raises(DecodeError, match=r"got|wanted|unknown|not"):
        decode(Report, payload)


def test_ten_thousand_damaged_payloads_are_each_refused_or_a_valid_report() -> None:
    chance = random.Random(20_261_122)
    good = encode(REPORT)
    refused = 0
    for _ in range(10_000):
        damaged = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(damaged))
            match chance.randrange(3):
                case 0:
                    damaged[place] = chance.randrange(256)
                case 1:
                    del damaged[place : place + chance.randint(1, 8)]
                case _:
                    damaged[place:place] = chance.randbytes(chance.randint(1, 8))
        try:
            report = decode(Report, bytes(damaged))
        except DecodeError:
            refused += 1
        else:
            assert encode(report) == bytes(damaged)
    assert refused > 9_000


def test_an_error_line_never_holds_bulk_data() -> None:
    payload = encode(REPORT).replace(b'"site":"beach"', b'"site":"' + b"x" * 4000 + b'"')
    with pytest.raises(DecodeError) as caught:
        decode(Report, payload)
    assert len(str(caught.value)) < 250


def test_the_largest_report_fits_in_an_envelope() -> None:
    assert len(Signer().seal(Channel.REPORT, largest_report())) <= ENVELOPE_BYTES_MAX


def test_an_envelope_gives_back_the_payload_that_was_signed() -> None:
    signer = Signer()
    assert open_envelope(
        Channel.REPORT, signer.seal(Channel.REPORT, REPORT), signer.verify
    ) == encode(REPORT)


def test_a_report_signed_as_a_meta_is_not_a_report() -> None:
    signer = Signer()
    with pytest.raises(DecodeError, match="does not belong"):
        open_envelope(Channel.REPORT, signer.seal(Channel.META, REPORT), signer.verify)


def test_another_devices_signature_does_not_pass() -> None:
    with pytest.raises(DecodeError, match="does not belong"):
        open_envelope(Channel.REPORT, Signer().seal(Channel.REPORT, REPORT), Signer().verify)


def test_a_changed_payload_does_not_pass() -> None:
    signer = Signer()
    _, signature = split(signer.seal(Channel.REPORT, REPORT))
    with pytest.raises(DecodeError, match="does not belong"):
        open_envelope(
            Channel.REPORT, join(encode(replace(REPORT, length_s=61)), signature), signer.verify
        )


@pytest.mark.parametrize(
    "envelope",
    [
        b"",  # Nothing at all.
        encode(REPORT),  # A payload without a signature.
        encode(REPORT) + b"\nAAAA",  # A signature too short.
        encode(REPORT) + b"\n" + b"?" * 88,  # A signature that is no base64.
        encode(REPORT)
        + b"\n"
        + b"A" * 85
        + b"B==",  # Base64 with bits beyond the last byte: two spellings of one signature.
        b"x" * (ENVELOPE_BYTES_MAX + 1),  # More bytes than an envelope may have.
    ],
)
def test_what_is_not_an_envelope_is_refused_by_name(envelope: bytes) -> None:
    with pytest.raises(DecodeError, match="envelope"):
        split(envelope)


def test_a_meta_is_not_decoded_as_a_report() -> None:
    with pytest.raises(DecodeError, match="unknown"):
        decode(Meta, encode(REPORT))

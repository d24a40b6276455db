"""What requests bring: parameters with their escapes, and contents that are waited for."""

from __future__ import annotations

import socket
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving import serving

from kg.web.exchange import parameters
from kg.web.refused import Refused


@given(st.text("%+&=\\xuN0Aa9fF eE3", max_size=30).map(str.encode))
def test_parameters_are_those_of_the_standard_library(encoded: bytes) -> None:
    try:
        expected = parse_qsl(encoded.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        with pytest.raises(Refused, match="UTF-8"):
            parameters(encoded)
    else:
        assert parameters(encoded) == expected


def test_parameters_have_bounds() -> None:
    assert len(parameters(b"&".join([b"a=%EA%B8%80"] * 100))) == 100
    for encoded, reason in (
        (b"&" * 100, "more than 100"),
        (b"a" * 11, "longer"),
        ("a=글".encode(), "UTF-8"),
    ):
        with pytest.raises(Refused, match=reason):
            parameters(encoded, maximum=100 if reason != "longer" else 10)


def test_who_waits_to_be_asked_for_the_content_is_asked() -> None:
    fields = (
        "POST /sparql HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/sparql-query",
        "Content-Length: 6",
        "Expect: 100-continue",
    )
    with serving() as running:
        address = urlsplit(running.url)
        with socket.create_connection((address.hostname, address.port), 30) as line:
            line.sendall("\r\n".join((*fields, "", "")).encode())
            assert line.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
            line.sendall(b"ASK {}")
            assert line.recv(100).startswith(b"HTTP/1.1 200 OK\r\n")

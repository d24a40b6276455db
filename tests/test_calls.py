"""What a text calls, when it may: told for certain, or the text is refused."""

from __future__ import annotations

import random
import time

import pyoxigraph as ox
import pytest
from test_sparql import _FRAGMENTS, _STARTS, ELSEWHERE, calls

from kg import names
from kg.calls import Call
from kg.errors import KGError
from kg.sparql import Request
from kg.web.allowed import Allowed, is_public

GATE = "<gate:1>"
"""Where nothing can be called: the engine knows no such scheme."""


def judged(text: str, *, update: bool = False) -> tuple[list[Call], str]:
    """The calls of a text, and what the engine would get."""
    found: list[Call] = []

    def instead(call: Call) -> str:
        found.append(call)
        return GATE if call.word == "SERVICE" else "INSERT DATA {}"

    request = Request(text, "text", update=update, instead=instead)
    return found, request.text.rstrip()


@pytest.mark.parametrize(
    ("text", "iri"),
    [
        ("ASK { SERVICE <https://h.test/q> {} }", "https://h.test/q"),
        ("ASK{service<https://h.test/q>{}}", "https://h.test/q"),
        (
            "ASK { SERVICE # <http://other/>\n <https://h.test/q?a=b#c> {} }",
            "https://h.test/q?a=b#c",
        ),
        ("PREFIX h: <https://h.test/> ASK { SERVICE h:q {} }", "https://h.test/q"),
        ("PREFIX h: <https://h.test/q> ASK { SERVICE h:{} }", "https://h.test/q"),
        ("PREFIX : <https://h.test/> ASK { SERVICE :a.b{} }", "https://h.test/a.b"),
        ("PREFIX silent: <https://h.test/> ASK { SERVICE silent:q {} }", "https://h.test/q"),
        ("ASK { SERVICE id:q { ?s ?p 'SERVICE <http://other/> {' } }", names.expand("id:q")),
    ],
)
def test_a_constant_is_told_and_replaced(text: str, iri: str) -> None:
    ((call,), new) = judged(text)
    assert (call.word, call.iri, call.silent) == ("SERVICE", iri, False)
    assert (
        call.place == f"text:{text.count(chr(10), 0, call.start) or 1}:{call.place.split(':')[2]}"
    )
    assert new == text[: call.start] + GATE + text[call.end :]
    assert new.count(GATE) == 1


def test_silence_and_several_calls_are_told() -> None:
    text = "ASK { SERVICE SILENT <http://a/> {} OPTIONAL { SERVICE <http://b/> {} } }"
    found, new = judged(text)
    assert [(call.iri, call.silent) for call in found] == [
        ("http://a/", True),
        ("http://b/", False),
    ]
    assert new == f"ASK {{ SERVICE SILENT {GATE} {{}} OPTIONAL {{ SERVICE {GATE} {{}} }} }}"


@pytest.mark.parametrize(
    ("text", "iri", "silent", "graph", "new"),
    [
        ("LOAD <http://h/a>", "http://h/a", False, "", "INSERT DATA {}"),
        (
            "CLEAR ALL; load silent <http://h/a>;",
            "http://h/a",
            True,
            "",
            "CLEAR ALL; INSERT DATA {};",
        ),
        (
            "LOAD id:x INTO GRAPH id:y # z",
            names.expand("id:x"),
            False,
            "id:y",
            "INSERT DATA {} # z",
        ),
        ("LOAD<http://h/a>INTO GRAPH<g>", "http://h/a", False, "<g>", "INSERT DATA {}"),
    ],
)
def test_a_load_is_told_and_replaced_whole(
    text: str, iri: str, silent: bool, graph: str, new: str
) -> None:
    (call,), got = judged(text, update=True)
    assert (call.word, call.iri, call.silent, call.graph) == ("LOAD", iri, silent, graph)
    assert got == new


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("SELECT * { BIND(<http://h/> AS ?x) SERVICE ?x {} }", "1:36: cannot tell what"),
        ("ASK { SERVICE <http://h/a> ?x }", "1:7: cannot tell what this SERVICE calls"),
        ("ASK { SERVICESILENT<http://h/a>{} }", "1:7: cannot tell what"),
        ("ASK { VALUES ?x { 'x'@en-service <http://h/a> {} } }", "cannot tell what"),
        ("PREFIX service: <http://h/> ASK { service:a {} }", "cannot tell what"),
        ("ASK { SERVICE h:a {} }", "1:15: prefix 'h:' is not known; declare it"),
        ("PREFIX h: <http://a/> PREFIX h: <http://b/> ASK { SERVICE h:c {} }", "declared twice"),
        ("PREFIX h: <http://a/> PREFIXh:<http://b/> ASK { SERVICE h:c {} }", "declared twice"),
        ("PREFIX h: <http://a/> ASK { SERVICE h:c\\/d {} }", "cannot tell whether"),
        ("PREFIX h: <http://a/> ASK { SERVICE h:%41 {} }", "cannot tell what"),
        ("ASK { SERVICE <http://h.test> {} }", "cannot tell whether <http://h.test> hides"),
        ("ASK { SERVICE <http://h/\\u0061> {} }", "cannot tell whether"),
        (
            "ASK { SERVICE <http://a/> { SERVICE <http://b/> {} } }",
            "1:29: a SERVICE inside another",
        ),
        ("ASK { SERVICE <http://a/> { { SELECT * { SERVICE ?b {} } } } }", "cannot tell what"),
        ("ASK { " + "SERVICE <http://a/> {} " * 17 + "}", "calls more than 16 times"),
    ],
)
def test_what_cannot_be_told_is_refused(text: str, says: str) -> None:
    with pytest.raises(KGError) as raised:
        judged(text)
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("LOAD ?x", "cannot tell what this LOAD calls; write LOAD <https://HOST/PATH>"),
        ("LOAD <http://h/a> INTO GRAPH ?g", "cannot tell what"),
        ("LOAD <http://h/a> CLEAR ALL", "cannot tell what"),
        ("INSERT DATA { id:a id:p LOAD <http://h/a> ; id:b 1 }", "a LOAD stands inside a"),
        (
            "INSERT DATA { id:a id:p id:a·LOAD <http://h/a> ; id:b 1 }",
            "a LOAD stands inside a group",
        ),
        ("PREFIX download: <http://h/> INSERT DATA { id:a id:b download:c }", "cannot tell"),
        (
            "INSERT { ?s a 1 } WHERE { ?s ?p ?o FILTER EXISTS { SERVICE <http://a/> {} } }",
            "1:52: a SERVICE inside EXISTS or MINUS may fail unnoticed",
        ),
        (
            "INSERT { ?s a 1 } WHERE { ?s ?p ?o MINUS { SERVICE <http://a/> {} } }",
            "1:44: a SERVICE inside EXISTS or MINUS may fail unnoticed",
        ),
    ],
)
def test_what_cannot_be_told_of_an_update_is_refused(text: str, says: str) -> None:
    with pytest.raises(KGError) as raised:
        judged(text, update=True)
    assert says in str(raised.value)


def test_a_long_name_in_a_call_is_read_at_once() -> None:
    began = time.monotonic()
    with pytest.raises(KGError, match="is not known"):
        judged(f"ASK {{ SERVICE h:a {{}} ?s ?p {'prefix' * 10_000} }}")
    assert time.monotonic() - began < 1


def test_no_soup_of_tokens_calls_what_it_names() -> None:
    """Seeded; of the texts that would call, what is let through calls the gate alone."""
    chance = random.Random(20260117)
    engine = ox.Store()
    engine.update(
        "INSERT DATA { <http://a/> <http://a/> <http://a/>, <http://h:80>, <http://h/#> }"
    )
    called = through = 0
    while called < 150 or through < 50:
        soup = ["".join(chance.choices(_FRAGMENTS, k=chance.randint(0, 4))) for _ in range(2)]
        text = "".join(chance.choices(_STARTS, k=chance.randint(0, 2))) + chance.choice(
            [
                f"SELECT * {{{soup[0]} SERVICE {ELSEWHERE}{{}}{soup[1]}}}",
                f"SELECT * {{FILTER(?a<?b{soup[0]})SERVICE{ELSEWHERE}{{}}{soup[1]}}}",
                f"SELECT * {{SERVICE <http://127.0.0.1:9/>{{}}{soup[0]} SERVICE?x{{}}{soup[1]}}}",
                f"ASK {{?s ?p {soup[0]} SERVICE SILENT {ELSEWHERE}{{}} {soup[1]}}}",
                f"ASK {{?s ?p ?o {soup[0]} SERVICE q:{{}} {soup[1]}}}",
            ]
        )
        if not calls(text, engine):
            continue
        called += 1
        try:
            _, new = judged(text)
        except KGError:
            continue
        through += 1
        assert not calls(new, engine), text


def test_an_error_behind_a_call_is_told_at_its_place() -> None:
    text = "ASK {\n SERVICE <https://h.test/a/long/address> { ?s ?p ?o } ?x ?y }"
    request = Request(text, "q", instead=lambda _: GATE)
    with pytest.raises(SyntaxError) as raised:
        ox.Store().query(request.text)
    told = str(request.syntax_error(raised.value))
    column = text.index("?x") - text.index("\n")
    assert told == f"q:2:{column}: syntax error at '?x ?y }}'; see SPARQL 1.1"


# -- hosts ---------------------------------------------------------------------------


def target(iri: str, *hosts: str) -> str:
    call = Call("SERVICE", iri, False, "", "q:1:1", 0, 0)
    found = Allowed(hosts).target(call)
    return f"{found.scheme} {found.host} {found.port} {found.path}"


def test_a_host_is_allowed_by_name_and_port() -> None:
    assert target("https://H.test/a?b=c#d", "h.test") == "https h.test 443 /a?b=c"
    assert target("http://h.test/", "H.TEST") == "http h.test 80 /"
    assert target("http://h.test:81/가/%20", "h.test:81") == "http h.test 81 /%EA%B0%80/%20"
    assert target("http://h.test:80/a b"[:-2], "h.test:80") == "http h.test 80 /a"


@pytest.mark.parametrize(
    ("iri", "says"),
    [
        ("https://other.test/", "SERVICE may not call other.test; it may call h.test, h.test:81"),
        ("http://h.test:82/", "may not call h.test:82"),
        ("http://h.test:443/", "may not call h.test:443"),
        ("http://sub.h.test/", "may not call sub.h.test"),
        ("http://h.test.evil.test/", "may not call h.test.evil.test"),
        ("http://evil.test/h.test", "may not call evil.test"),
        ("http://h.test@evil.test/", "an address may not hold a login"),
        ("http://me:word@h.test/", "an address may not hold a login"),
        ("http://h.test./", "is no name of a host"),
        ("http://h%2Etest/", "is no name of a host"),
        ("http://h。test/", "is no"),
        ("http://h.test:/", "is no name of a host"),
        ("http://h.test:８１/", "is no"),
        ("http://[::1]/", "is no name of a host"),
        ("http:///a", "is no name of a host"),
        ("http://h.test/%zz", "'http://h.test/%zz' is no address: "),
        ("http:/h.test/", "is no name of a host"),
        ("file:///etc/passwd", "SERVICE calls http and https addresses only"),
        ("ftp://h.test/", "calls http and https addresses only"),
        ("//h.test/", "'//h.test/' is no address: No scheme"),
        ("relative", "'relative' is no address: No scheme found in an absolute IRI; write"),
    ],
)
def test_any_other_host_is_refused(iri: str, says: str) -> None:
    with pytest.raises(KGError) as raised:
        target(iri, "h.test", "h.test:81")
    assert str(raised.value).startswith("q:1:1: ")
    assert says in str(raised.value)


@pytest.mark.parametrize(
    "address",
    [
        *("93.184.215.14", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"),
    ],
)
def test_a_public_address(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "198.18.0.1", "192.0.2.1", "224.0.0.1", "239.1.1.1"),
        *(
            "240.0.0.1",
            "255.255.255.255",
            "192.88.99.1",
            "192.0.0.8",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
        ),
        *("::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::808:808"),
        *("2002:7f00:1::", "2002:808:808::", "2001:0:808:808::1", "fe80::1", "fe80::1%eth0"),
        *("2606:4700::1111%1", "fc00::1", "fec0::1", "ff02::1", "ff0e::1", "2001:db8::1"),
        *("4000::1", "3fff::1"),
    ],
)
def test_an_address_that_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("https://h.test/", "--allow-service: 'https://h.test/' is no host; say it like"),
        ("*.h.test", "is no host"),
        ("h.test:0", "is no host"),
        ("h.test:65536", "is no host"),
        ("me@h.test", "is no host"),
        ("", "is no host"),
        ("localhost", "is no public address, and others are never called"),
        ("127.0.0.1:7878", "is no public address"),
        ("10.1", "is no public address"),
        ("0x7f.0.0.1", "is no public address"),
    ],
)
def test_what_is_no_host_is_said(entry: str, says: str) -> None:
    with pytest.raises(KGError) as raised:
        Allowed([entry])
    assert says in str(raised.value)

"""What a query may not do, how values are bound, and what is said of a broken one."""

from __future__ import annotations

import random
import time

import pyoxigraph as ox
import pytest

from kg import names, store
from kg.errors import KGError
from kg.sparql import Request
from kg.store import Solutions, Store

ELSEWHERE = "<http://127.0.0.1:9/>"
"""A port that the engine's client refuses: a call shows, and nothing leaves the machine."""


def calls(text: str, engine: ox.Store) -> bool:
    """Whether the engine, given the text as it is, would call another machine."""
    try:
        found = engine.query(text, prefixes=names.PREFIXES)
        if isinstance(found, ox.QuerySolutions):
            list(found)
    except SyntaxError:
        return False
    except (OSError, RuntimeError) as error:
        return "HTTP" in str(error) or "service name" in str(error)
    return False


HOSTILE = [
    "SELECT * { SERVICE <http://127.0.0.1:9/> {} }",
    "ASK { service<http://127.0.0.1:9/>{} }",
    "SELECT * { SERVICE #\n <http://127.0.0.1:9/> {} }",
    "SELECT * { SERVICE#\x0c\r<http://127.0.0.1:9/>{} }",
    "ASK { FILTER EXISTS { { SELECT * { SERVICE <http://127.0.0.1:9/> {} } } } }",
    "DESCRIBE ?x { SERVICE <http://127.0.0.1:9/> {} }",
    # The empty prefix, or a prefix of that name.
    "PREFIX : <http://127.0.0.1:9/> SELECT * { SERVICE:{} }",
    "PREFIX : <http://127.0.0.1:9/> SELECT * { SERVICE:x{} }",
    # `<` as a comparison where a lexer sees an IRI, and behind it a comment or string.
    "SELECT * { BIND(<http://127.0.0.1:9/> AS ?x) FILTER(?a<?b)SERVICE?x#>\n{} }",
    'SELECT * { BIND(<http://127.0.0.1:9/> AS ?x) FILTER(?a<?b)#>"""\nSERVICE ?x{} #"""\n}',
    "SELECT * { FILTER(?a<?b||'>'='a') SERVICE <http://127.0.0.1:9/> {} }",
    # A namespace that a local name makes invalid: the engine then reads `p:` and a keyword.
    "PREFIX p: <http://h:80> SELECT * { p:p p:p p:SERVICE<http://127.0.0.1:9/>{} }",
    # Strings that end elsewhere than they seem to.
    "SELECT * { ?s ?p 'a\\'' . SERVICE <http://127.0.0.1:9/> {} }",
    'SELECT * { VALUES ?x { """a""" "b" } SERVICE <http://127.0.0.1:9/> {} #"""\n }',
    'SELECT * { VALUES ?x { "" """"a""" } SERVICE <http://127.0.0.1:9/> {} }',
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_query_that_calls_elsewhere_is_refused(text: str) -> None:
    with pytest.raises(KGError, match=r"^query:\d+:\d+: (SERVICE is refused|cannot tell)"):
        Request(text, "query")


def test_a_silent_call_is_refused() -> None:
    """The engine has no word boundaries, and hides what went wrong."""
    with pytest.raises(KGError, match="SERVICE is refused"):
        Request("SELECT * {SERVICESILENT<http://127.0.0.1:9/>{}}", "query")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?service ?p 'customer service' # SERVICE\n }",
        'ASK { $serviceLevel rdfs:label """SERVICE "x" {}"""@en }',
        "ASK { id:ai-service aie:partOf <https://example.org/service#x> }",
        "ASK { FILTER(?service < 3 && ?x > 2) }",
        "ASK { FILTER(?a<?b&&?c>?d) ?s rdfs:label 'service' }",
    ],
)
def test_the_word_alone_does_no_harm(text: str) -> None:
    with store.open() as empty:
        empty.query(text)


_FRAGMENTS = [
    *("SERVICE", "SERVICE?x{}", "SERVICE:{}", f"SERVICE {ELSEWHERE}{{}}", "p:SERVICE", "q:SERVICE"),
    *("{", "}", "(", ")", "<", ">", "<?b", "<?b)", "#>", "?x#>", "#", "\n", "\r", " ", "\\"),
    *('"', '""', '"""', "'", "'''", '"#"', "'\"'", '"\\""', "\\u0022", "p:a\\#", "p:\\'"),
    *("?a", "?x", "?s ?p ?o", ".", ";", ",", "1", "a", "p:", ":", "q:a", "@en", "_:b", "%41"),
    *("FILTER(", "FILTER(?a<?b)", "OPTIONAL", "UNION", "VALUES ?v {", "&&", "||", "<<", "^^"),
    *("<http://h:80>", "<http://h/a#b>", "<rel>", "<urn:x#y>", ELSEWHERE),
]
_STARTS = [
    *("", "PREFIX p: <http://h:80> ", "PREFIX p: <http://h/#> ", "BASE <http://h/> "),
    *(f"PREFIX q: {ELSEWHERE} ", f"PREFIX : {ELSEWHERE} "),
]


def test_no_soup_of_tokens_gets_a_call_past_the_guard() -> None:
    """Seeded, and enough of it that hundreds of the texts would call."""
    chance = random.Random(20210119)
    engine = ox.Store()
    engine.update(
        "INSERT DATA { <http://a/> <http://a/> <http://a/>, <http://h:80>, <http://h/#> }"
    )
    tried = called = 0
    while called < 150:
        tried += 1
        soup = ["".join(chance.choices(_FRAGMENTS, k=chance.randint(0, 5))) for _ in range(2)]
        text = "".join(chance.choices(_STARTS, k=chance.randint(0, 2))) + chance.choice(
            [
                f"SELECT * {{{soup[0]} SERVICE?x{{}}{soup[1]}}}",
                f"SELECT * {{BIND({ELSEWHERE} AS ?x) {soup[0]}{soup[1]}}}",
                f"SELECT * {{FILTER(?a<?b{soup[0]}){soup[1]}}}",
                f"SELECT * {{?s ?p p:SERVICE{soup[0]}{ELSEWHERE}{{}}{soup[1]}}}",
                f"ASK {{?s ?p {soup[0]} SERVICE {ELSEWHERE}{{}} {soup[1]}}}",
            ]
        )
        if calls(text, engine):
            called += 1
            with pytest.raises(KGError):
                Request(text, "query")
    assert tried > called


@pytest.mark.parametrize("sign", ["'", "#", "/", "\\"])
def test_a_long_run_of_signs_is_read_at_once(sign: str) -> None:
    """Pages read queries in the server's own process: what takes seconds there stops it."""
    began = time.monotonic()
    Request(f"ASK {{ FILTER(1<2#{sign * 40_000}\n) }}", "query")
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    "text",
    [
        "LOAD <http://127.0.0.1:9/>",
        "CLEAR ALL; LOAD SILENT <file:///etc/hostname> INTO GRAPH <http://a/>",
        "INSERT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    ],
)
def test_an_update_that_calls_elsewhere_is_refused(text: str) -> None:
    with store.open() as empty, pytest.raises(KGError, match="it would call another machine"):
        empty.update(text)


def test_an_update_may_speak_of_loads() -> None:
    with store.open() as opened:
        opened.update("INSERT DATA { id:download rdfs:label 'LOAD', 'payload' } # load")
        assert len(opened) == 2


@pytest.mark.parametrize("opening", ["{", "(", "["])
def test_what_would_crash_the_parser_is_refused(opening: str) -> None:
    """The engine's parser overflows its stack at some 1,000 levels, which ends the process."""
    closing = {"{": "}", "(": ")", "[": "]"}[opening]
    text = "ASK { ?s ?p " + opening * 5000 + closing * 5000 + " }"
    with pytest.raises(KGError, match="nest deeper than 200"):
        Request(text, "query")
    with store.open() as empty:
        empty.query("ASK { ?s ?p '" + opening * 5000 + "' }")
        empty.query("SELECT * { " + "OPTIONAL { ?s ?p ?o } " * 300 + "}")


# -- FROM --------------------------------------------------------------------


@pytest.mark.parametrize(
    "clause",
    [
        "FROM <file:///etc/hostname>",
        "from named<https://example.org/x>",
        "FROM id:lab",
        "FROM <https://w3id.org/aieco/ontology> FROM <http://a/>",
        "FROM <relative>",
        "FROM rdf:%41",
        "FROM rdf:a\\-b",
    ],
)
def test_a_graph_that_is_not_here_is_refused(clause: str, small: Store) -> None:
    with pytest.raises(KGError, match=r"FROM <\S+> is no graph of the store"):
        small.query(f"SELECT * {clause} {{ ?s ?p ?o }}")


@pytest.mark.parametrize(
    "text",
    [
        # No declarations, but halves of triples.
        "BASE <file:///etc/x> ASK FROM <> { ?s id:a.BASE <https://w3id.org/aieco/ontology> ?o }",
        "PREFIX e: <file:///etc/> ASK FROM e:x { ?s id:a.PREFIX e: . e: <https://w3id.org/> ?o }",
        # Of the letters of a prefix, and of a name.
        "PREFIX a\u00b7b: <file:///etc/> ASK FROM a\u00b7b:x {}",
        "PREFIX e: <https://w3id.org/aieco/ontology> ASK FROM e:%2F..%2Fx {}",
        "PREFIX e: <https://w3id.org/aieco/ontology> ASK FROM e:\\/..\\/x {}",
    ],
)
def test_no_text_passes_another_graph_off_as_one_that_is_here(text: str, small: Store) -> None:
    """In this process that would find nothing; another server might fetch it."""
    with pytest.raises(KGError, match=r"FROM <\S+> is no graph of the store"):
        small.query(text)


def test_a_graph_that_is_here_can_be_asked(small: Store) -> None:
    text = "PREFIX w: <https://w3id.org/aieco/> SELECT ?s FROM w:ontology { ?s a owl:Class }"
    assert rows(small, text) == [(iri("aie:Person"),)]
    assert rows(small, "SELECT * { ?from ?p 'from <x>' } # FROM <y>") == []
    text = "BASE <https://w3id.org/x/> SELECT ?s FROM <../aieco/ontology> { ?s a owl:Class }"
    assert rows(small, text) == [(iri("aie:Person"),)]


def test_names_of_graphs_are_completed() -> None:
    """As the engine does: by the BASE before them, else by the one from outside."""
    text = (
        "PREFIX a: <b/> BASE <http://x/y/> PREFIX : <#> SELECT * FROM a:c FROM <z> FROM NAMED :t {}"
    )
    found = ["http://h/b/c", "http://x/y/z", "http://x/y/#t"]
    assert list(Request(text, "query").graphs("http://h/sparql")) == found
    assert list(Request("ASK FROM <z> {}", "query").graphs()) == ["z"]


@pytest.fixture
def small() -> Store:
    opened = store.open()
    opened.update("""INSERT DATA { id:lab aie:partOf id:lg . id:lab rdfs:label "Lab"@en .
        id:kim aie:holdsPost id:lab ; rdfs:label "Kim", "it's \\"so\\"\\\\ SERVICE {"
        GRAPH <https://w3id.org/aieco/ontology> { aie:Person a owl:Class } }""")
    return opened


def iri(name: str) -> ox.NamedNode:
    return ox.NamedNode(names.expand(name))


def rows(opened: Store, text: str, **bindings: ox.NamedNode | ox.Literal) -> list[object]:
    answer = opened.query(text, bindings=bindings)
    assert isinstance(answer, Solutions)
    return sorted(answer.rows, key=str)


# -- bindings ----------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?o { ?x aie:partOf ?o }",
        "SELECT ?o WHERE { ?s aie:partOf ?o FILTER (?s = ?x) }",
        "SELECT ?o WHERE { FILTER BOUND(?x) ?x aie:partOf ?o }",
        "SELECT ?o { { SELECT ?x ?o { ?x aie:partOf ?o } } }",
        "SELECT ?o { SELECT ?x ?o { ?x aie:partOf ?o } }",
        "SELECT ?o (EXISTS { ?x ?p ?o } AS ?known) { ?x aie:partOf ?o }",
        "SELECT ?o { ?x aie:partOf ?o } GROUP BY ?o HAVING (COUNT(*) > 0) LIMIT 1",
        "PREFIX o: <https://w3id.org/aieco/ontology#> SELECT $o # { ?x }\n { $x o:partOf $o }",
        "SELECT ?o { ?x aie:partOf ?o } VALUES ?o { id:lg }",
    ],
)
def test_a_bound_variable_has_its_value(text: str, small: Store) -> None:
    (row,) = rows(small, text, x=iri("id:lab"))
    assert isinstance(row, tuple)
    assert row[0] == iri("id:lg")
    assert rows(small, text, x=iri("id:nobody")) == []


@pytest.mark.parametrize(
    "text",
    [
        "CONSTRUCT { ?x a aie:Thing } WHERE { ?x ?p ?o }",
        "CONSTRUCT WHERE { ?x aie:partOf ?o }",
        "DESCRIBE ?x",
        "DESCRIBE ?x { ?x ?p ?o }",
    ],
)
def test_other_forms_can_be_bound(text: str, small: Store) -> None:
    answer = small.query(text, bindings={"x": iri("id:lab")})
    assert isinstance(answer, store.Triples)
    assert {triple.subject for triple in answer} == {iri("id:lab")}


def test_asking_can_be_bound(small: Store) -> None:
    text = "ASK { ?who aie:holdsPost ?where }"
    assert small.query(text, bindings={"who": iri("id:kim"), "where": iri("id:lab")}) is True
    assert small.query(text, bindings={"who": iri("id:lab"), "where": iri("id:kim")}) is False


@pytest.mark.parametrize(
    "value",
    [
        'it\'s "so"\\ SERVICE {',
        '") } SERVICE <http://127.0.0.1:9/> {} #',
        "') } ; DROP ALL #",
        "\n\r\t\\u0022 }",
        "}",
    ],
)
def test_a_value_cannot_leave_its_place(value: str, small: Store) -> None:
    text = "SELECT ?who { ?who rdfs:label ?label }"
    found = rows(small, text, label=ox.Literal(value))
    assert found == ([(iri("id:kim"),)] if "so" in value else [])


def test_a_binding_of_no_variable_is_refused(small: Store) -> None:
    with pytest.raises(KGError) as raised:
        small.query("SELECT ?label { ?s rdfs:label ?label }", bindings={"lable": iri("id:x")})
    assert str(raised.value) == "query: the query has no variable ?lable; did you mean 'label'?"


# -- messages ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT *\n{ ?s a id:x ;; ?o }", "query:2:16: syntax error at '?o }'; see SPARQL 1.1"),
        ("ASK {\n ?s f:p ?o }", "query:2:5: prefix 'f:' is not known; declare it: PREFIX f: <…>"),
        ("ASK { ?s ie:p ?o }", "query:1:10: prefix 'ie:' is not known; did you mean 'aie'?"),
        ("ASK { ?s ?p 'ie:p' , ?o ( }", "query:1:27: '}' closes nothing; drop it"),
        ("ASK { ?s ?p ?o", "query:1:5: '{' is never closed; close it"),
        ("ASK { ?s ?p ?o } }", "query:1:18: '}' closes nothing; drop it"),
        ("", "query:1:1: nothing is asked; start with SELECT, ASK, CONSTRUCT, DESCRIBE"),
        ("# x\nSELCT * {}", "query:2:1: 'SELCT' does not start a query; did you mean 'SELECT'?"),
        ("INSERT DATA {}", "query:1:1: INSERT is an update; a query only reads; say SELECT"),
        (
            "ASK { ?s ?p '한국\n' }",
            "query:1:16: syntax error at the end of the line; see SPARQL 1.1",
        ),
        (
            "ASK { <r> a 1 }",
            "query:1:7: syntax error at '<r> a 1 }'; write IRIs in full, without spaces",
        ),
        (
            "BASE <http://x/> PREFIX : <#> ASK { :s :p }",
            "query:1:37: syntax error at ':s :p }'; see SPARQL 1.1",
        ),
        ("SELECT ?s {} ORDR BY ?s", "query:1:14: syntax error at 'ORDR BY ?s'; see SPARQL 1.1"),
        ("ASK { FILTER(?x > ) }", "query:1:19: syntax error at ') }'; see SPARQL 1.1"),
        (
            (
                "SELECT ?select\n  ?where (COUNT(?as) AS ?n)\n"
                "{ ?select ?where ?as } GROUP BY ?select # ?where"
            ),
            (
                "query:2:3: ?where is neither grouped nor counted; name it behind GROUP BY, "
                "or take one of its values: (SAMPLE(?where) AS ?one)"
            ),
        ),
        (
            "SELECT (?s + 1 AS ?b) (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p",
            (
                "query:1:1: SELECT reckons with a variable that is neither grouped nor counted; "
                "name it behind GROUP BY, or take one of its values: SAMPLE(?x)"
            ),
        ),
        (
            "SELECT * { ?s ?p ?o } GROUP BY ?s",
            "query:1:1: SELECT * does not go with GROUP BY; name the variables",
        ),
        (
            "SELECT ?s (COUNT(?s) AS ?n) ?s { ?s ?p ?o } GROUP BY ?s",
            "query:1:29: SELECT has ?s twice; name it once",
        ),
        (
            "SELECT ?p (STR(?s) AS ?o) { ?s ?p ?o }",
            "query:1:23: the query has ?o already; choose another name behind AS",
        ),
        (
            "ASK { ?s <relative> ?o }",
            "query:1:10: <relative> is no whole IRI; write IRIs in full, without spaces",
        ),
    ],
)
def test_a_broken_query_is_told_in_one_line_with_its_place(text: str, message: str) -> None:
    with store.open() as empty, pytest.raises(KGError) as raised:
        empty.query(text)
    assert str(raised.value) == message


def test_a_bound_value_does_not_move_the_place(small: Store) -> None:
    with pytest.raises(KGError) as raised:
        small.query("SELECT * { ?x ?p ?o ?oops }", bindings={"x": iri("id:lab")}, place="a.rq")
    assert str(raised.value) == "a.rq:1:21: syntax error at '?oops }'; see SPARQL 1.1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT * {}", "update:1:1: SELECT is a query, not an update; say INSERT or DELETE"),
        ("INSERT DAT {}", "update:1:8: syntax error at 'DAT {}'; see SPARQL 1.1"),
        (
            "INSERT DATA { _:a id:p 1 };\nINSERT DATA { _:a id:p 2 }",
            (
                "update:2:15: _:a stands in two places that share no blank nodes; use a variable, "
                "or another name"
            ),
        ),
    ],
)
def test_a_broken_update_is_told_in_one_line(text: str, message: str) -> None:
    with store.open() as empty, pytest.raises(KGError) as raised:
        empty.update(text)
    assert str(raised.value) == message

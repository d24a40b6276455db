"""Every rule passes a good graph and fails its own broken case; shapes and rules in one report.

``checks/good.ttl`` keeps every rule.  Each other file there is named after the rule
that it breaks: lines ``# drops: subject predicate`` take statements of the good graph
away, the file's own are added, and ``# expects: …`` are all findings, word for word.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg import checks, names, paths, store
from kg.checks import Finding, Report, shapes
from kg.errors import KGError
from kg.store import Store

HERE = Path(__file__).parent
CASES = HERE / "checks"
SHAPE_CASES = HERE / "shapes"
RULES = {rule.name: rule for rule in checks.rules()}
ONTOLOGY = ox.NamedNode(names.ONTOLOGY)


def filled(*files: Path) -> Store:
    """A store with the ontology and these files laid on each other."""
    opened = store.open()
    opened.load(paths.shipped("ontology") / "aieco.ttl", graph=ONTOLOGY)
    for file in files:
        drops = re.findall(r"^# drops: (\S+) (\S+)$", file.read_text("utf-8"), re.MULTILINE)
        for pattern in drops:
            before = len(opened)
            opened.update(f"DELETE WHERE {{ {' '.join(pattern)} ?object }}")
            assert len(opened) < before, f"{file.name} drops what is not there"
        opened.load(file)
    return opened


def expected(case: Path) -> list[str]:
    return sorted(re.findall(r"^# expects: (.+)$", case.read_text("utf-8"), re.MULTILINE))


@pytest.fixture
def good() -> Iterator[Store]:
    with filled(CASES / "good.ttl") as opened:
        yield opened


def test_every_rule_has_a_broken_case_and_every_case_a_rule() -> None:
    assert {case.stem for case in CASES.glob("*.ttl")} - {"good"} == set(RULES)


def test_a_good_graph_passes(good: Store) -> None:
    assert checks.run(good, shacl=False) == Report()


@pytest.mark.parametrize("name", RULES)
def test_a_rule_fails_its_broken_case_and_no_other_does(name: str) -> None:
    case = CASES / f"{name}.ttl"
    with filled(CASES / "good.ttl", case) as broken:
        report = checks.run(broken, shacl=False)
    assert sorted(map(str, report.findings)) == expected(case)
    assert {finding.check for finding in report.findings} == {name}
    assert report.ok == (RULES[name].severity != "error")


@pytest.mark.parametrize("rule", [rule for rule in RULES.values() if rule.shape], ids=str)
def test_a_rule_that_names_a_shape_is_said_by_that_shape(rule: checks.Rule) -> None:
    """With the shapes the rule is not asked: nothing is lost, and nothing said twice."""
    with filled(CASES / "good.ttl", CASES / f"{rule.name}.ttl") as broken:
        by_rule = checks.run(broken, shacl=False).findings
        by_shape = checks.run(broken).findings
    places = {finding.place for finding in by_rule}
    assert places <= {each.place for each in by_shape if each.check == f"shape:{rule.shape}"}
    assert rule.name not in {finding.check for finding in by_shape}


@pytest.mark.parametrize("name", RULES)
def test_placeholders_are_variables_of_the_rule(name: str) -> None:
    rule = RULES[name]
    with store.open() as empty:
        answer = empty.query(rule.text, place=name)
        assert isinstance(answer, store.Solutions)
        assert set(re.findall(r"\{(\w+)\}", rule.problem + rule.solution)) < set(answer.variables)
        assert "place" in answer.variables
    assert not rule.solution.endswith(".")


@pytest.mark.parametrize(
    ("datatype", "good", "bad"),
    [
        ("gYear", "2020 0044 2020Z", "abc 20 02020 2020-01"),
        ("gYearMonth", "2020-12 2020-01+09:00", "2020-13 2020-00 2020"),
        ("date", "2020-02-29 2000-02-29 2021-12-31Z", "2021-02-29 1900-02-29 2021-04-31 2021-1-1"),
        (
            "dateTime",
            "2020-02-29T00:00:00 2021-01-19T24:00:00 2021-01-19T23:59:59.5+09:00",
            "2021-02-29T00:00:00 2021-01-19 2021-01-19T25:00:00 2021-01-19T09:33",
        ),
        ("duration", "P3Y P1Y2M3DT4H5M6.5S PT0S -P1D", "P 3Y P1S PY"),
        ("integer", "0 -12 +5", "1.0 x 1e3"),
        ("nonNegativeInteger", "0 12", "x 1.5"),
        ("decimal", "1.5 .5 5. -2", "1e3 x ."),
        ("double", "1e0 -1.5E-3 INF NaN", "x 1e"),
        ("boolean", "true 0", "yes TRUE"),
        ("anyURI", "https://example.org/x?y#z urn:x:y", "nothing ://x http://a>b"),
    ],
)
def test_ill_typed_literals_of_every_type_are_found(datatype: str, good: str, bad: str) -> None:
    with store.open() as opened:
        node = ox.NamedNode(names.expand("id:lab"))
        kind = ox.NamedNode(names.expand(f"xsd:{datatype}"))
        for text in (good + " " + bad).split():
            opened.load([ox.Quad(node, ONTOLOGY, ox.Literal(text, datatype=kind))])
        report = checks.run(opened, shacl=False)
    found = {each.message.split('"')[1] for each in report.findings}
    assert found == set(bad.split())
    assert {each.check for each in report.findings} == {"literal-ill-typed"}


def test_a_place_is_where_the_curator_wrote_it(good: Store) -> None:
    """For a claim, and for its evidence and selector."""
    good.update("""DELETE WHERE { claim:said aie:speaker ?any };
        DELETE WHERE { claim:born aie:evidence ?any };
        INSERT DATA { ev:own oa:hasSource id:lab . claim:born aie:evidence ev:own }""")
    places = {names.expand(f"claim:{id}"): f"claims.toml: {id}" for id in ("said", "born")}
    found = checks.run(good, places=places).findings
    assert {each.place for each in found if each.check == "shape:ReportedSpeaker"} == {
        "claims.toml: said"
    }
    assert {each.place for each in found if each.check == "shape:ClaimEvidence"} == {
        "claims.toml: born"
    }


def test_a_report_is_ordered_by_severity_then_place_and_says_each_thing_once() -> None:
    report = Report().extended(
        [
            Finding("info", "a", "x"),
            Finding("warning", "a", "x"),
            Finding("error", "b", "x"),
            Finding("error", "a", "x"),
            Finding("error", "a", "x"),
        ]
    )
    assert [(each.severity, each.place) for each in report.findings] == [
        ("error", "a"),
        ("error", "b"),
        ("warning", "a"),
        ("info", "a"),
    ]
    assert report.counts == {"error": 2, "warning": 1, "info": 1}
    assert not report.ok
    assert Report().ok


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# titel: T\n", "x.rq:1: header field 'titel' is not known; did you mean 'title'?"),
        ("# title: T\n# title: T\n", "x.rq:2: 'title' is there already; keep one"),
        ("#title\n", "x.rq:1: is no header field; write '# field: text'"),
        ("# title: T\n", "x.rq: has no header field 'problem'; add it"),
        (
            "# title: T\n# problem: P\n# solution: S\n# severity: fatal\n",
            "x.rq: severity 'fatal' is not known; say one of error, warning, info",
        ),
    ],
)
def test_a_wrong_header_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "x.rq").write_text(text + "SELECT ?place {}", encoding="utf-8")
    with pytest.raises(KGError) as raised:
        checks.rules(tmp_path)
    assert message in str(raised.value).splitlines()


# -- shapes ------------------------------------------------------------------


@pytest.fixture(scope="module")
def everything_wrong() -> Iterator[Store]:
    """All broken cases of the shapes at once."""
    with filled() as opened:
        for case in sorted(SHAPE_CASES.glob("*.ttl")):
            opened.load(case)
        yield opened


def test_what_shapes_find_does_not_depend_on_how_the_data_is_cut(everything_wrong: Store) -> None:
    whole = set(shapes.validate(everything_wrong))
    assert len(whole) > 50
    assert {each.severity for each in whole} == {"error", "warning"}
    assert set(shapes.validate(everything_wrong, chunk=2, workers=1)) == whole
    assert set(shapes.validate(everything_wrong, chunk=4, workers=2)) == whole


def test_only_a_large_graph_is_validated_in_processes_of_its_own(
    everything_wrong: Store, good: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = list[object]()

    def elsewhere(triples: list[ox.Triple], files: tuple[Path, Path]) -> list[shapes.Result]:
        started.append(files)
        return validated(triples, files)

    validated = shapes._elsewhere
    monkeypatch.setattr(shapes, "_elsewhere", elsewhere)
    list(shapes.validate(good))
    assert not started
    list(shapes.validate(everything_wrong, chunk=4, workers=2))
    assert len(started) > 2
    started.clear()
    monkeypatch.setattr(shapes, "_FEW", 10)
    list(shapes.validate(good, workers=2))
    assert len(started) == 2


def test_a_shape_s_finding_is_one_line_with_path_and_value(good: Store) -> None:
    good.update("""INSERT DATA { id:lab aie:foundedOn "long\\nago" ; aie:partOf id:head }""")
    lines = {str(finding) for finding in checks.run(good).findings}
    assert any('(aie:foundedOn "long ago")' in line for line in lines)
    parent = next(line for line in lines if "(aie:partOf id:head)" in line)
    assert parent.startswith("error: id:lab: the object of partOf must be an organisation (")
    assert not any("\n" in line or ".;" in line or "Literal(" in line for line in lines)


def test_own_shapes_can_be_given(tmp_path: Path, good: Store) -> None:
    file = tmp_path / "own.ttl"
    file.write_text(
        """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix : <https://example.org/own#> .
        @prefix aie: <https://w3id.org/aieco/ontology#> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        :Quiet a sh:NodeShape ; sh:targetClass aie:Agent ;
            sh:property [ sh:path rdfs:label ; sh:maxLength 9 ; sh:severity sh:Info ;
                sh:message "Ein Name ist kurz; kürze ihn."@de ,
                    "A name is short; cut it."@en ] .""",
        encoding="utf-8",
    )
    found = {each for each in shapes.validate(good, file) if each.focus.endswith("/kim")}
    assert found == {
        shapes.Result(
            focus=names.expand("id:kim"),
            severity="info",
            message='a name is short (rdfs:label "Kim Haneul")',
            remedy="cut it",
            shape="shape:Quiet",
        )
    }


@pytest.mark.parametrize("graph", ["toy", "shipped"])
def test_the_toy_and_the_shipped_graph_hold(graph: str, request: pytest.FixtureRequest) -> None:
    opened: Store = request.getfixturevalue(f"{graph}_store")
    worse = [each for each in checks.run(opened).findings if each.severity != "info"]
    assert worse == []


# -- growth ------------------------------------------------------------------


def synthetic(claims: int) -> Iterator[ox.Quad]:
    """Claims of the kinds that the rules join, half of them partnerships of one entity."""

    def node(name: str) -> ox.NamedNode:
        return ox.NamedNode(names.expand(name))

    def literal(text: str, kind: str) -> ox.Literal:
        return ox.Literal(text, datatype=node(kind))

    year = literal("2020", "xsd:gYear")
    yield ox.Quad(node("source:s0"), node("rdf:type"), node("aie:Article"))
    for number in range(claims):
        claim, evidence = node(f"claim:c{number}"), node(f"ev:e{number}")
        subject = node("id:hub") if number % 2 else node(f"id:e{number}")
        value = year if number % 4 == 2 else node(f"id:e{number - number % 2}")
        kinds = ("aie:partOf", "aie:partnerOf", "aie:foundedOn", "aie:partnerOf")
        predicate = node(kinds[number % 4])
        planned = number % 5 == 0
        parts: dict[str, ox.NamedNode | ox.Literal] = {
            "rdf:type": node("aie:Claim"),
            "rdf:subject": subject,
            "rdf:predicate": predicate,
            "rdf:object": value,
            "aie:status": node("aie:Planned" if planned else "aie:Stated"),
            "aie:rank": node("aie:Normal"),
            "aie:start": year,
            "aie:end": literal("2021-01", "xsd:gYearMonth"),
            "aie:evidence": evidence,
        }
        for name, part in parts.items():
            yield ox.Quad(claim, node(name), part)
        yield ox.Quad(evidence, node("oa:hasSource"), node("source:s0"))
        yield ox.Quad(subject, node("rdf:type"), node("aie:Company"))
        yield ox.Quad(subject, node("rdfs:label"), ox.Literal(f"Name {number // 2}", language="en"))
        if not planned:
            yield ox.Quad(subject, predicate, value)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_grows_no_faster_than_the_graph(name: str) -> None:
    """Four times the claims: a quadratic join would take sixteen times as long."""
    seconds = []
    for claims in (2000, 8000):
        with filled() as opened:
            opened.load(synthetic(claims))
            times = []
            for _ in range(3):
                start = time.perf_counter()
                answer = opened.query(RULES[name].text)
                assert isinstance(answer, store.Solutions)
                for _row in answer.rows:
                    pass
                times.append(time.perf_counter() - start)
            seconds.append(min(times))
    assert seconds[1] < 9 * seconds[0] + 0.1

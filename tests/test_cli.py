"""The commands as a user meets them: output, messages and exit codes."""

from __future__ import annotations

import html
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from kg import names, opening
from kg.cli import main
from kg.errors import KGWarning

TOY = Path(__file__).parent / "toy"
ON_TOY = ("--data", str(TOY / "data"))
WITH_TEXT = ("--articles", str(TOY / "articles"))


class Ran:
    """What a command printed, and its exit code."""

    def __init__(self, capfd: pytest.CaptureFixture[str], *arguments: object) -> None:
        capfd.readouterr()
        self.code = main([str(each) for each in arguments])
        self.out, self.err = capfd.readouterr()


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """A copy of the toy folder that a test may break."""
    return Path(shutil.copytree(TOY, tmp_path / "toy"))


def test_build_checks_and_leaves_four_files(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    ran = Ran(capfd, "build", *ON_TOY, *WITH_TEXT, "-o", tmp_path / "out")
    assert (ran.code, ran.err) == (0, "")
    assert "14 claims: 1 inferred, 3 planned, 1 reported, 9 stated\n" in ran.out
    assert "15 evidences proven against their source\n" in ran.out
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == ["graph.graphml", "graph.html", "graph.nq", "graph.ttl"]


def test_build_writes_nothing_if_the_data_do_not_hold(
    capfd: pytest.CaptureFixture[str], toy: Path
) -> None:
    claims = toy / "data/sources/mirae-launch/claims.toml"
    claims.write_text(
        claims.read_text("utf-8").replace('gloss.ko = "미래AI랩은 서울에 자리한다."\n', ""), "utf-8"
    )
    ran = Ran(capfd, "build", "--data", toy / "data", "-o", toy / "out")
    assert ran.code == 1
    assert "gloss" in ran.out
    assert not (toy / "out").exists()


def test_check_names_every_claim_that_one_changed_character_breaks(
    capfd: pytest.CaptureFixture[str], toy: Path
) -> None:
    text = toy / "articles/mirae-launch.txt"
    text.write_text(text.read_text("utf-8").replace("서울에", "수울에"), "utf-8")
    ran = Ran(capfd, "check", "--data", toy / "data", "--articles", toy / "articles")
    assert ran.code == 1
    for claim in ("part-of", "in-seoul"):
        assert f"sources/mirae-launch/claims.toml: {claim}: the text at " in ran.out
    assert "claims.toml: partner" not in ran.out
    assert "mirae-launch.txt: is not the file that source 'mirae-launch' was pinned to" in ran.out


def test_check_on_the_shipped_data(capfd: pytest.CaptureFixture[str], articles: Path) -> None:
    ran = Ran(capfd, "check", "--articles", articles)
    assert ran.code == 0
    assert "188 evidences proven" in ran.out
    assert "0 errors, 0 warnings" in ran.out


def test_check_on_the_article_with_one_character_changed(
    capfd: pytest.CaptureFixture[str], articles: Path, tmp_path: Path
) -> None:
    text = (articles / "lg-ai-research-launch.txt").read_text("utf-8")
    (tmp_path / "lg-ai-research-launch.txt").write_text(
        text.replace("구글 리서치", "구글 러서치"), "utf-8"
    )
    ran = Ran(capfd, "check", "--articles", tmp_path)
    assert ran.code == 1
    named = {line.split(": ")[2] for line in ran.out.splitlines() if "the text at" in line}
    assert named == {"quoc-le-attended", "quoc-le-post"}


@pytest.mark.parametrize("form", ["table", "markdown", "csv", "tsv", "json", "xml", "jsonl"])
def test_query_answers_in_every_format(capfd: pytest.CaptureFixture[str], form: str) -> None:
    text = "SELECT ?who { ?who aie:partOf id:mirae-group }"
    ran = Ran(capfd, "query", text, *ON_TOY, "-f", form)
    assert ran.code == 0
    assert ("Mirae AI Lab" if form in {"table", "markdown"} else "mirae-ai-lab") in ran.out


def test_query_reads_a_name_a_file_and_stdin(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "q.rq"
    file.write_text("ASK { id:kim-haneul aie:said ?x }")
    assert Ran(capfd, "query", file, *ON_TOY).out == "yes\n"
    with file.open() as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert json.loads(Ran(capfd, "query", "-", *ON_TOY, "-f", "json").out)["boolean"] is True
    assert "Haneul Kim" in Ran(capfd, "query", "reported", *ON_TOY).out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("query", "SELECT ?x { ?x a aie:Person"), "query:1:11: '{' is never closed; close it"),
        (("query", "postz"), "postz: is no question, no file and no SPARQL; did you mean 'posts'?"),
        (("query", "INSERT DATA { id:a id:b id:c }"), "query"),
        (
            ("query", "SELECT * { SERVICE <http://127.0.0.1:9/> { ?a ?b ?c } }"),
            "SERVICE is refused",
        ),
        (("query", "SELECT * FROM <file:///etc/passwd> { ?a ?b ?c }"), "file:///etc/passwd"),
        (("show", "Mirae"), "Mirae: names 2 entities; say which: mirae-ai-lab, mirae-group"),
        (("show", "mirae-ai-lap"), "no entity has this name; did you mean 'mirae-ai-lab'?"),
        (("query", "posts", "person=LG"), "person=LG: is one word too many; say --param person=LG"),
        (("query", "ASK {", "}"), "}: is one word too many; quote the whole query"),
        (("export", "nope/x.ttl"), "nope/x.ttl: there is no folder nope; make it, or name another"),
        (("export", "x.ttk"), "the suffix '.ttk' tells no format; did you mean '.ttl'?"),
        (("export", "-"), "standard output does not tell a format"),
        (("coverage", "mirae-lunch"), "is no article of the data; did you mean 'mirae-launch'?"),
        (("coverage", "mirae-launch"), "is not at hand; say --articles FOLDER"),
        (("check", "--articles", "nowhere"), "nowhere: is not a folder"),
        (("build", "-o", "README.md"), "README.md: is a file; name a folder with -o"),
        (("build", "-o", "/proc/x"), "/proc/x: cannot be written"),
        (("query", "ASK {}", "--store", "nowhere"), "nowhere"),
    ],
)
def test_bad_input_is_one_clear_line_and_exit_2(
    capfd: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    ran = Ran(capfd, *arguments, *ON_TOY)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert ran.err.count("\n") == 1


def test_all_the_problems_of_a_folder_are_told_at_once(
    capfd: pytest.CaptureFixture[str], toy: Path
) -> None:
    case = TOY.parent / "invalid/many-at-once"
    shutil.copytree(case, toy / "data", dirs_exist_ok=True)
    ran = Ran(capfd, "check", "--data", toy / "data")
    assert ran.code == 2
    assert ran.err == (case / "expected.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("word", "remedy"),
    [("serach", "did you mean 'search'?"), ("Quer", "did you mean 'query'?"),
     ("zzz", "see kg --help"), ("", "see kg --help"), ("../query", "did you mean 'query'?")],
)  # fmt: skip
def test_a_misspelt_command_is_one_line_with_the_near_match(
    capfd: pytest.CaptureFixture[str], word: str, remedy: str
) -> None:
    ran = Ran(capfd, word, "-x")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"kg: there is no command '{word}'; {remedy}\n"


def test_a_misspelt_option_is_told_with_the_near_match(capfd: pytest.CaptureFixture[str]) -> None:
    for arguments, meant in ((["search", "x", "--limti", "3"], "--limit"), (["--hepl"], "--help")):
        ran = Ran(capfd, *arguments)
        assert (ran.code, ran.out) == (2, "")
        assert meant in ran.err


def test_a_bug_is_exit_70_and_one_line(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KG_DEBUG", raising=False)
    monkeypatch.setattr("kg.queries.find", lambda _: 1 / 0)
    ran = Ran(capfd, "query", "ASK {}")
    assert ran.code == 70
    assert ran.err.startswith("kg: a bug of ours: ZeroDivisionError: division by zero")
    assert ran.err.count("\n") == 1


def test_show_says_what_is_known_and_who_says_so(capfd: pytest.CaptureFixture[str]) -> None:
    ran = Ran(capfd, "show", "Hanul Kim", *ON_TOY, *WITH_TEXT)  # the misspelt name finds her
    assert ran.code == 0
    assert "Haneul Kim · 김하늘  (person)" in ran.out
    assert "Nuri Institute; latest 2022-05-10; role Senior researcher" in ran.out
    assert "“김 랩장은 누리연구소에서 선임연구원을 지냈다”" in ran.out
    korean = Ran(capfd, "show", "김하늘", *ON_TOY, "--lang", "ko").out
    assert "누리연구소" in korean
    assert "“" not in korean


def test_view_takes_a_part_and_says_how_it_was_made(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    part = ("--focus", "Mirae AI Lab", "--hops", 2, "--max-nodes", 4, "--lang", "ko")
    assert Ran(capfd, "view", "-o", tmp_path / "g.html", *ON_TOY, *part).code == 0
    page = (tmp_path / "g.html").read_text("utf-8")
    made = "kg view --focus 'Mirae AI Lab' --hops 2 --lang ko --max-nodes 4"
    assert made in html.unescape(page)
    assert str(tmp_path) not in page


@pytest.mark.parametrize(
    ("words", "kept", "left_out"),
    [
        (("--type", "Organisation"), "belongs to Mirae Group", "is in Seoul"),
        (("--relation", "locatedIn"), "Seoul", "Haneul Kim"),
        (("--status", "planned"), "plans to research robots", "is head of Mirae AI Lab"),
        (("--source", "toy-registry"), "Mirae", "plans to research robots"),
        (
            ("--query", "CONSTRUCT WHERE { ?x aie:locatedIn ?y }"),
            "is in Seoul",
            "plans to research",
        ),
        (("--at", "2019"), "Mirae Group", "is in Seoul"),
    ],
)
def test_every_option_of_view_reaches_the_graph(
    capfd: pytest.CaptureFixture[str], words: tuple[str, ...], kept: str, left_out: str
) -> None:
    ran = Ran(capfd, "view", "-o", "-", *ON_TOY, *words)
    assert ran.code == 0, ran.err
    claims = ran.out.partition("<noscript>")[2].rpartition("</noscript>")[0]
    assert kept in claims
    assert left_out not in claims


def test_view_opens_what_it_has_written(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("click.launch", opened.append)
    page = tmp_path / "g.html"
    assert Ran(capfd, "view", "--open", "-o", page, *ON_TOY).code == 0
    assert opened == [str(page)]
    assert Ran(capfd, "view", "--open", "-o", tmp_path / "no" / "g.html", *ON_TOY).code == 2
    assert opened == [str(page)]


def test_a_page_names_no_path_of_this_machine(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "mine.rq").write_text("CONSTRUCT WHERE { ?x aie:locatedIn ?y }")
    ran = Ran(capfd, "view", "-o", "-", *ON_TOY, "--query", tmp_path / "mine.rq")
    assert "kg view --query mine.rq" in ran.out
    assert str(tmp_path) not in ran.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--type", "Award", "--relation", "partOf"), "the selection: nothing fits --type 'Award'"),
        (("--focus", "nobody"), "nobody: no entity has this name"),
        (("-o", "-", "--open"), "--open needs a file: name one with -o"),
        (("--hops", "2"), "--hops: is of use only with --focus"),
        (("--query", "post"), "post: is no question, no file and no SPARQL; did you mean"),
    ],
)
def test_view_of_nothing_is_no_page(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    out = () if "-o" in words else ("-o", tmp_path / "g.html")
    ran = Ran(capfd, "view", *ON_TOY, *words, *out)
    assert ran.code == 2
    assert message in ran.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [("show", "Mirae AI Lab"), ("view", "-o", "-")])
def test_a_text_that_is_not_the_one_is_told(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, command: tuple[str, ...]
) -> None:
    ran = Ran(capfd, *command, *ON_TOY, "--articles", tmp_path)
    assert ran.code == 0
    assert f"{tmp_path}: holds the text of no source; it should hold mirae-launch.txt" in ran.err
    (tmp_path / "mirae-launch.txt").write_text("Another text.")
    ran = Ran(capfd, *command, *ON_TOY, "--articles", tmp_path)
    assert "is not the file that source 'mirae-launch' was pinned to" in ran.err
    assert "Another" not in ran.out or command[0] == "view"


def test_texts_are_of_what_the_store_rests_on(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """And no id that somebody wrote there leads out of the folder."""
    store = tmp_path / "store"
    assert Ran(capfd, "build", *ON_TOY, "-q", "-o", tmp_path / "b", "--store", store).code == 0
    ran = Ran(capfd, "show", "Mirae AI Lab", "--store", store, *WITH_TEXT)
    assert ran.err == ""
    assert ran.out == Ran(capfd, "show", "Mirae AI Lab", *ON_TOY, *WITH_TEXT).out
    (tmp_path / "secret.txt").write_text("Not an article.")
    article = "a aie:Article ; aie:sha256 'x'"
    with opening.open_graph(None, TOY / "data") as graph:
        graph.update(f"INSERT DATA {{ <{names.source_iri('../secret')}> {article} }}")
        texts = tmp_path / "texts"
        texts.mkdir()
        with pytest.warns(KGWarning, match="holds the text of no source"):
            assert opening.texts(graph, texts) == {}


def test_view_and_export_write_files(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert Ran(capfd, "view", *ON_TOY, "-o", tmp_path / "p.html", "--title", "<Toy>").code == 0
    assert "&lt;Toy&gt;" in (tmp_path / "p.html").read_text("utf-8")
    for suffix in ("ttl", "nq", "jsonld", "graphml"):
        assert Ran(capfd, "export", tmp_path / f"g.{suffix}", *ON_TOY).code == 0
        assert (tmp_path / f"g.{suffix}").stat().st_size > 1000
    ran = Ran(capfd, "export", "-", "-f", "turtle", *ON_TOY)
    assert ran.out.encode() == (tmp_path / "g.ttl").read_bytes()


def test_pin_turns_quotes_into_spans_and_keeps_the_rest(
    capfd: pytest.CaptureFixture[str], toy: Path
) -> None:
    file = toy / "data/sources/mirae-launch/claims.toml"
    before = file.read_text("utf-8")
    head, _, tail = before.partition("evidence = [{")
    quoted = (
        head
        + '# why\nevidence = [{ quote = "미래AI랩", occurrence = 3 }]'
        + tail.partition("}]")[2]
    )
    file.write_text(quoted, "utf-8")
    ran = Ran(capfd, "check", "--data", toy / "data")
    assert (ran.code, ran.err) == (
        2,
        "sources/mirae-launch/claims.toml: founding: has evidence that is not pinned; run kg pin\n",
    )
    ran = Ran(capfd, "pin", "--data", toy / "data", "--articles", toy / "articles")
    assert (ran.code, ran.out.splitlines()[0]) == (0, "mirae-launch: 1 pinned")
    assert ran.out.splitlines()[-1] == f"1 pinned in {toy / 'data'}"
    after = file.read_text("utf-8")
    assert "# why\n" in after
    assert "quote" not in after
    assert after.partition("}]")[2] == before.partition("}]")[2]
    assert Ran(capfd, "check", "--data", toy / "data", "--articles", toy / "articles").code == 0


@pytest.mark.parametrize(
    ("quote", "message"),
    [
        ("미래AI랩", "founding: the quote stands in 4 places (1: line 1, column 7, "),
        ("없는 말", "founding: the quote '없는 말' is not in the text"),
    ],
)
def test_pin_refuses_what_it_would_have_to_guess(
    capfd: pytest.CaptureFixture[str], toy: Path, quote: str, message: str
) -> None:
    file = toy / "data/sources/mirae-launch/claims.toml"
    head, _, tail = file.read_text("utf-8").partition("evidence = [{")
    file.write_text(f'{head}evidence = [{{ quote = "{quote}" }}]{tail.partition("}]")[2]}', "utf-8")
    before = file.read_bytes()
    ran = Ran(capfd, "pin", "--data", toy / "data", "--articles", toy / "articles")
    assert ran.code == 2
    assert message in ran.err
    assert file.read_bytes() == before


def test_coverage_lists_the_sentences_that_no_claim_rests_on(
    capfd: pytest.CaptureFixture[str],
) -> None:
    ran = Ran(capfd, "coverage", "mirae-review", *ON_TOY, *WITH_TEXT)
    assert ran.code == 0
    assert "A year of Mirae AI Lab" in ran.out
    assert "Its head is Hanul Kim." not in ran.out
    assert ran.err == "2 of 5 sentences carry evidence, 3 do not\n"


def test_the_shipped_article_is_covered_but_for_headings_and_page_furniture(
    capfd: pytest.CaptureFixture[str], articles: Path
) -> None:
    ran = Ran(capfd, "coverage", "lg-ai-research-launch", "--articles", articles)
    bare = [line.split("claims  ")[1] for line in ran.out.splitlines()]
    assert not [
        sentence for sentence in bare if sentence.endswith("다.") and "댓글" not in sentence
    ]


def test_a_store_directory_can_be_asked_instead(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from kg import corpus, opening

    opening.graph(corpus.load(TOY / "data"), tmp_path / "store").close()
    ran = Ran(capfd, "query", "ASK { id:kim-haneul a aie:Person }", "--store", tmp_path / "store")
    assert (ran.code, ran.out) == (0, "yes\n")


def test_help_shows_every_command() -> None:
    from kg.cli import cli

    result = CliRunner().invoke(cli, ["--help"])
    for command in ("build", "check", "query", "show", "view", "export", "pin", "coverage"):
        assert f"  {command} " in result.output


def test_a_closed_pipe_is_no_error() -> None:
    command = [sys.executable, "-m", "kg", "query", "SELECT * { ?s ?p ?o }", "-f", "csv"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout
    assert process.stderr
    assert process.stdout.readline() == b"o,p,s\r\n"
    process.stdout.close()
    assert process.wait(30) == 0
    assert process.stderr.read() == b""
    process.stderr.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_one_line() -> None:
    command = [sys.executable, "-m", "kg", "export", "-", "-f", "turtle"]
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert (ran.returncode, ran.stderr) == (2, b"output: No space left on device\n")


def test_build_keeps_the_graph_in_a_store(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    built = Ran(capfd, "build", *ON_TOY, "-o", tmp_path / "out", "--store", tmp_path / "store")
    assert built.code == 0
    asked = ("ASK { id:kim-haneul aie:memberOf id:mirae-ai-lab }", "--store", tmp_path / "store")
    assert Ran(capfd, "query", *asked).out == "no\n"
    assert Ran(capfd, "query", *asked, "--inferred").out == "yes\n"


def test_a_graph_without_links_is_built_without_a_page(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    entities = tmp_path / "data/entities/all.toml"
    entities.parent.mkdir(parents=True)
    entities.write_text('[a]\nclass = "Company"\nlabels = { en = "A", ko = "가" }\n', "utf-8")
    ran = Ran(capfd, "build", "--data", tmp_path / "data", "-o", tmp_path / "out")
    assert ran.code == 0
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == ["graph.graphml", "graph.nq", "graph.ttl"]


def test_pin_refuses_a_text_that_the_source_does_not_name(
    capfd: pytest.CaptureFixture[str], toy: Path
) -> None:
    file = toy / "data/sources/mirae-launch/claims.toml"
    head, _, tail = file.read_text("utf-8").partition("evidence = [{")
    rest = tail.partition("}]")[2]
    file.write_text(f'{head}evidence = [{{ quote = "지난달 3일" }}]{rest}', "utf-8")
    text = toy / "articles/mirae-launch.txt"
    text.write_text(text.read_text("utf-8") + "!", "utf-8")
    ran = Ran(capfd, "pin", "--data", toy / "data", "--articles", toy / "articles")
    assert ran.code == 2
    assert "is not the file that article.toml of 'mirae-launch' names; restore" in ran.err


def test_terms_lists_what_data_may_use(capfd: pytest.CaptureFixture[str]) -> None:
    ran = Ran(capfd, "terms")
    for word in ("ResearchInstitute", "partOf", "birthYear", "speaker", "planned"):
        assert f" {word} " in ran.out or f" {word}\n" in ran.out
    assert "about|over|under" in Ran(capfd, "terms", "qualifier").out
    assert "did you mean 'relation'?" in Ran(capfd, "terms", "relatoin").err

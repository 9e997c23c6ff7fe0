"""Which statements of a story contradict each other, and which are one number growing."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from enum import StrEnum
from itertools import combinations, pairwise, permutations

import regex

from engine.claims.counting import Claim
from engine.claims.quantities import Quantity, contradict
from engine.claims.roles import MOVING, Role
from engine.claims.spelling import is_respelt
from engine.domain import Value

_MIDNIGHT = time()
_LETTERS = regex.compile(r"\p{L}+")

_YEAR = 365.25
"""Days."""

_UNLIKELY_BIRTHDAY = 0.05
"""Share of a year in which one has a birthday with a chance of as much: one in twenty."""


class DifferenceKind(StrEnum):
    """How statements differ."""

    DISAGREEMENT = "disagreement"
    """Voices contradict each other: a number that does not change, or a later one that is lower."""
    DEVELOPMENT = "development"
    """The number grew as the story went on, and never fell."""
    UNORDERED = "unordered"
    """Nothing tells which statement is the later one, or the number fell and rose."""


@dataclass(frozen=True, slots=True)
class Statement(Value):
    """A number that an article states.

    Attributes
    ----------
    quantity
        The number.
    voice
        Whose it is: an agency, an owner, an outlet, or the id of an article of which none is known.
    source, article, published
        Outlet and id of the article, and its time or None.
    language
        ISO 639-1 code of the sentence.
    sentence
        As it stands in the article.
    name
        Of an age: who is as old, as the article spells it; else empty.
    """

    quantity: Quantity
    voice: str
    source: str
    article: str
    published: datetime | None
    language: str
    sentence: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Version(Value):
    """One number or one spelling of a name, and who states it.

    Attributes
    ----------
    quantity
        As it was first stated; where names differ, the age of who is named.
    since
        Time of the first statement that has one, or None.
    voices
        Whose it is, in the order in which they stated it.
    statements
        The first of each voice, in order of time.
    name
        As it is spelt, where names differ; else empty.
    """

    quantity: Quantity
    since: datetime | None
    voices: tuple[str, ...]
    statements: tuple[Statement, ...]
    name: str = ""

    def __str__(self) -> str:
        """Return what is stated, as people write it."""
        return self.name or str(self.quantity)


@dataclass(frozen=True, slots=True)
class Difference(Value):
    """Numbers of one role, or spellings of one name, that differ within a story.

    Attributes
    ----------
    role
        What they say.
    subject
        Of whom, as the articles put it; empty where they are of all.
    unit
        ISO 4217 code of a currency, ``"km"``, or empty.
    kind
        How they differ.
    versions
        In order of time.
    """

    role: Role
    subject: str
    unit: str
    kind: DifferenceKind
    versions: tuple[Version, ...]


def told_once(claims: Sequence[Claim]) -> list[Claim]:
    """Return the claims of one article that it does not contradict itself.

    An article that gives two numbers for one thing tells of two things, or of an earlier number;
    which one it means cannot be known, so that neither is taken.
    """
    by_key: dict[tuple[Role, str, str], list[Claim]] = defaultdict(list)
    for claim in claims:
        by_key[claim.role, claim.subject, claim.unit].append(claim)
    return [
        own[0]
        for own in by_key.values()
        if not any(contradict(one.quantity, other.quantity) for one, other in combinations(own, 2))
    ]


def differences(stated: Iterable[tuple[Claim, Statement]]) -> list[Difference]:
    """Return what differs, disagreements first, then by role.

    Parameters
    ----------
    stated
        Claims of a story, with who states them; in any order.
    """
    by_key: dict[tuple[Role, str, str, str], list[Statement]] = defaultdict(list)
    for claim, statement in stated:
        # Who is meant is named in the words of a language; a name of a person is one in all.
        language = statement.language if claim.subject and claim.role != Role.AGE else ""
        by_key[claim.role, claim.subject, claim.unit, language].append(statement)
    found = [
        Difference(role, subject, unit, kind, tuple(_versions(statements)))
        for (role, subject, unit, _), statements in by_key.items()
        if (kind := _kind(statements, role)) is not None
    ]
    found += _spellings(
        {key[1]: statements for key, statements in by_key.items() if key[0] == Role.AGE}
    )
    kinds, roles = list(DifferenceKind), list(Role)
    return sorted(
        found, key=lambda one: (kinds.index(one.kind), roles.index(one.role), one.subject, one.unit)
    )


def _spellings(ages: Mapping[str, Sequence[Statement]]) -> Iterator[Difference]:
    """Yield the names that voices spell differently, given what is said of the age of each."""
    alike: dict[tuple[int, str], list[str]] = defaultdict(list)
    for name in sorted(ages):
        for place, word in enumerate(name.split()):
            alike[place, word].append(name)
    for names in alike.values():
        for one, other in combinations(names, 2):
            if is_respelt(one, other) and _is_one_person(ages, one, other):
                first = _in_time([*ages[one], *ages[other]])[0]
                order = (one, other) if first in ages[one] else (other, one)
                versions = tuple(_spelling(ages[name]) for name in order)
                yield Difference(Role.NAME, "", "", DifferenceKind.DISAGREEMENT, versions)


def _is_one_person(ages: Mapping[str, Sequence[Statement]], one: str, other: str) -> bool:
    """Tell whether two voices can mean one person: of one age, and no article names both."""
    ones, others = ages[one], ages[other]
    return (
        not {said.quantity for said in ones}.isdisjoint(said.quantity for said in others)
        and {said.article for said in ones}.isdisjoint(said.article for said in others)
        and len({said.voice for said in (*ones, *others)}) > 1
        and not (_has(ones, other) or _has(others, one))
    )


def _has(statements: Sequence[Statement], name: str) -> bool:
    """Tell whether a sentence has both words of a name: then it says who has two."""
    held = (set(_LETTERS.findall(said.sentence.casefold())) for said in statements)
    return any(words.issuperset(name.split()) for words in held)


def _spelling(statements: Sequence[Statement]) -> Version:
    of_voice = {said.voice: said for said in reversed(_in_time(statements))}
    told = tuple(_in_time(of_voice.values()))
    voices = tuple(said.voice for said in told)
    return Version(told[0].quantity, told[0].published, voices, told, told[0].name)


def _kind(statements: Sequence[Statement], role: Role) -> DifferenceKind | None:
    """Return how statements differ; None: they do not, or one voice alone says them."""
    apart = [
        pair for pair in combinations(statements, 2) if contradict(*(one.quantity for one in pair))
    ]
    found = {_pair_kind(one, other, role) for one, other in apart}
    kind = next((kind for kind in DifferenceKind if kind in found), None)
    if kind == DifferenceKind.DEVELOPMENT and not _grew(statements, apart):
        return DifferenceKind.UNORDERED
    return kind


def _grew(statements: Sequence[Statement], apart: Sequence[tuple[Statement, Statement]]) -> bool:
    """Tell whether a number never fell, and each step that contradicts the one before came later.

    `apart` are the pairs that contradict each other. Of statements of one day, of which nothing
    but that is known, none is a step from another.
    """
    if any(_order(one, other) < 0 for one, other in apart):
        return False
    steps = [version.quantity for version in growth(_versions(statements))]
    rises = {
        (one.quantity.value, other.quantity.value)
        for one, other in permutations(statements, 2)
        if _order(one, other) > 0 and one.quantity.value < other.quantity.value
    }
    return len(steps) > 1 and all(
        (before.value, after.value) in rises or not contradict(before, after)
        for before, after in pairwise(steps)
    )


def growth(versions: Sequence[Version]) -> list[Version]:
    """Return the numbers that are larger than all before: the steps in which one grew.

    What was said less exactly in between, as "at least two" after three, is no step.
    """
    steps: list[Version] = []
    for version in sorted(versions, key=_first_and_least):
        if not steps or version.quantity.value > steps[-1].quantity.value:
            steps.append(version)
    return steps


def _first_and_least(version: Version) -> tuple[bool, float, float]:
    since = version.since
    return since is None, 0.0 if since is None else since.timestamp(), version.quantity.value


def _pair_kind(one: Statement, other: Statement, role: Role) -> DifferenceKind | None:
    """Return how two statements differ that contradict each other."""
    order = _order(one, other)
    if role in MOVING and order > 0:
        return DifferenceKind.DEVELOPMENT
    if one.voice == other.voice:
        return None
    if role == Role.AGE:
        return None if _has_aged(one, other) else DifferenceKind.DISAGREEMENT
    if role in MOVING and not order:
        return DifferenceKind.UNORDERED
    return DifferenceKind.DISAGREEMENT


def _has_aged(one: Statement, other: Statement) -> bool:
    """Tell whether somebody can have had birthdays between two statements, or nobody knows."""
    if one.published is None or other.published is None:
        return True
    days = abs((one.published - other.published).days)
    birthdays = math.ceil(days / _YEAR) if days > _UNLIKELY_BIRTHDAY * _YEAR else 0
    return abs(one.quantity.value - other.quantity.value) <= birthdays


def _order(one: Statement, other: Statement) -> int:
    """Return 1 where the larger number is the later one, -1 where the smaller is, 0: unknown."""
    if one.published is None or other.published is None:
        return 0
    times = [one.published, other.published]
    if any(at.time() == _MIDNIGHT for at in times):  # only the day is known
        times = [datetime.combine(at, _MIDNIGHT, UTC) for at in times]
    if times[0] == times[1]:
        return 0
    return 1 if (times[0] < times[1]) == (one.quantity.value < other.quantity.value) else -1


def _in_time(statements: Iterable[Statement]) -> list[Statement]:
    return sorted(
        statements,
        key=lambda said: (
            said.published is None,
            said.published.timestamp() if said.published else 0.0,
            said.article,
            said.quantity.value,
        ),
    )


def _versions(statements: Sequence[Statement]) -> list[Version]:
    """Return the numbers in order of time; statements that agree with a number are of it."""
    groups: list[list[Statement]] = []
    for said in _in_time(statements):
        same = (group for group in groups if _same(said.quantity, group[0].quantity))
        group = next(same, None)
        if group is None:
            groups.append([said])
        elif said.voice not in {earlier.voice for earlier in group}:
            group.append(said)
    return [
        Version(
            group[0].quantity,
            group[0].published,
            tuple(said.voice for said in group),
            tuple(group),
        )
        for group in groups
    ]


def _same(one: Quantity, other: Quantity) -> bool:
    return one.value == other.value or (one.bound == other.bound and not contradict(one, other))

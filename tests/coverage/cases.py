"""Stories as coverage sees them, written short, and drawn at random."""

from hypothesis import strategies as st

from engine.coverage.reports import Report, Reported
from engine.domain import Origin, OriginKind

HOUR, DAY = 3600, 86_400
MONDAY = 1_683_504_000
"""2023-05-08, midnight UTC."""

KINDS = {"own": OriginKind.ORIGINAL, "copy": OriginKind.COPY, "edited": OriginKind.EDITED}


def report(id_, hours, *, outlet=None, language="en", agency="", of="", kind=None, owner=None):
    """Return a report some hours after Monday; `None` of them is no date, 0 and 24 are days."""
    outlet = id_ if outlet is None else outlet
    made = OriginKind.COPY if of else OriginKind.WIRE if agency else OriginKind.ORIGINAL
    owner = outlet if owner is None else owner
    return Report(
        id=id_,
        origin=Origin(kind or made, of, agency, outlet),
        owner=owner,
        voice=agency or (of or owner),
        language=language,
        published=None if hours is None else MONDAY + round(HOUR * hours),
    )


def story(*reports, id_="s-1", matter="m"):
    return Reported(id_, f"Headline of {id_}", matter, tuple(reports))


@st.composite
def stories(draw):
    """Return a story whose articles are by few outlets, some copied, some dated by day alone."""
    n_reports = draw(st.integers(1, 6))
    reports: list[Report] = []
    for place in range(n_reports):
        earlier = [one.id for one in reports if not one.origin.of]
        of = draw(st.sampled_from(["", "", *earlier]))
        agency = "" if of else draw(st.sampled_from(["", "", "", "AFP"]))
        hours = draw(st.sampled_from([None, 0, 1, 1, 2.5, 24, 25, 30, 48, 500]))
        outlet = draw(st.sampled_from(["", "A", "B", "C", "D"]))
        owner = {"A": "One", "B": "One"}.get(outlet, outlet)
        source = next((one for one in reports if one.id == of), None)
        one = report(
            f"a{place}", hours, outlet=outlet, owner=owner, of=of, agency=agency,
            language=draw(st.sampled_from(["en", "nl", "tr", "und"])),
        )  # fmt: skip
        voice = agency or (source.voice if source else owner)
        reports.append(Report(one.id, one.origin, owner, voice, one.language, one.published))
    return tuple(reports)


def numbered(drawn, matters):
    """Return drawn articles as stories."""
    return [
        Reported(f"s-{place}", f"Headline {place}", matter, reports)
        for place, (reports, matter) in enumerate(zip(drawn, matters, strict=True))
    ]


bases = st.lists(st.tuples(stories(), st.integers(0, 2)), max_size=5).map(
    lambda drawn: numbered([reports for reports, _ in drawn], [matter for _, matter in drawn])
)

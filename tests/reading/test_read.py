"""The reader as a whole: what goes in, which articles and rejects come out."""

import io
import json
import os
from datetime import UTC, datetime

import pytest

from engine.domain import Article, Reject
from engine.reading.fields import NAMES, known_field, pick
from engine.reading.formats.jsonl import LONGEST_LINE
from tests.reading.cases import FETCHED, reading


def read_lines(*lines, name="-", **options):
    data = b"\n".join(
        line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines
    )
    return list(reading([name], stdin=io.BytesIO(data), **options))


def one(**fields):
    (result,) = read_lines(fields)
    return result


def test_a_full_record_keeps_every_field():
    article = one(
        id="a-1",
        title="Brug over de Waal gaat dicht",
        text="De brug gaat maandag dicht voor onderhoud.",
        language="nld",
        published_at="2024-05-08T10:00:00+02:00",
        source="De Gelderlander",
        url="https://www.example.nl/brug",
        views=17,
    )
    assert article == Article(
        id="a-1",
        title="Brug over de Waal gaat dicht",
        body="De brug gaat maandag dicht voor onderhoud.",
        language="nl",
        source="De Gelderlander",
        url="https://www.example.nl/brug",
        published=datetime(2024, 5, 8, 8, tzinfo=UTC),
        fetched=FETCHED,
    )


@pytest.mark.parametrize(
    ("names", "field", "value"),
    [
        ({"headline": "A bridge closes"}, "title", "A bridge closes"),
        ({"content": "The bridge closes."}, "body", "The bridge closes."),
        ({"articleBody": "The bridge closes."}, "body", "The bridge closes."),
        (
            {"body": {"rendered": "<p>The bridge</p><p>closes.</p>"}},
            "body",
            "The bridge\n\ncloses.",
        ),
        ({"body": ["One.", "Two."]}, "body", "One.\nTwo."),
        ({"lang": "pt-BR", "text": "x y"}, "language", "pt"),
        (
            {"pubDate": "Wed, 08 May 2024 10:00:00 GMT"},
            "published",
            datetime(2024, 5, 8, 10, tzinfo=UTC),
        ),
        ({"publishedAt": 1715162400000}, "published", datetime(2024, 5, 8, 10, tzinfo=UTC)),
        ({"source": {"id": None, "name": "The Echo"}}, "source", "The Echo"),
        ({"link": "https://echo.example/a?utm_source=x"}, "source", "echo.example"),
    ],
)
def test_other_names_and_shapes_are_accepted(names, field, value):
    fields = (
        names
        if {"text", "content", "articleBody", "body"} & set(names)
        else {"text": "Words.", **names}
    )
    assert getattr(one(**fields), field) == value


def test_the_first_name_of_the_table_wins_and_empty_ones_do_not_count():
    assert one(summary="short", text="The whole text.").body == "The whole text."
    assert one(text="", content=None, summary="The lead.").body == "The lead."


@pytest.mark.parametrize(
    ("line", "field", "words"),
    [
        (b"{broken", "", "not JSON"),
        (b"[1, 2]", "", "a list"),
        (b'"text"', "", "a string"),
        (b"\xff\xfe{}", "", "not UTF-8"),
        (b"[" * 100_000, "", "nested too deeply"),
        (b'{"text": ' + b"9" * 5000 + b"}", "", "not usable JSON"),
        (b'{"text": NaN}', "", "NaN"),
        ({"tags": ["a"]}, "", "neither title nor text"),
        ({"title": "", "text": " "}, "", "or only empty ones; found the fields 'title', 'text'"),
        (b'{"text": "cut', "", "Invalid control character at character 13"),
        ('{"text": "Überflutung"}'.encode("latin-1"), "", "position 10; write it as UTF-8"),
        ({"text": 5}, "text", "a number"),
        ({"title": ["a", 1], "text": "x"}, "title", "a list"),
        ({"text": "a\0b"}, "text", "NUL"),
        (b'{"text": "\\ud83d alone"}', "text", "surrogate"),
        ({"text": "x", "published": "yesterday-ish"}, "published", "no date"),
        ({"text": "x", "published": "2031-01-01"}, "published", "future"),
        ({"text": "x", "published": "1815-06-18"}, "published", "before 1900"),
        ({"text": "x", "published": True}, "published", "as text or a number"),
        ({"text": "x", "id": "a\nb"}, "id", "control"),
        ({"text": "x", "id": "a" * 513}, "id", "513"),
        ({"text": "x", "id": 1.5}, "id", "a number"),
        ({"text": "x", "lang": 3}, "lang", "a number"),
        ({"text": "Read more"}, "text", "nothing is left"),
        ({"headline": "<br>"}, "headline", "nothing is left"),
        ({"text": "x", "published_at": "2031-01-01"}, "published_at", "future"),
        ({"text": "x", "Pub Date": "", "date": "05/09/2024"}, "date", "month first"),
        ({"text": "x", "issued": "2031-01-01", "time": 0}, "issued", "future"),
        ({"text": "x", "link": ["u" * 4097]}, "link", "4097 characters"),
    ],
)
def test_a_bad_line_is_rejected_and_the_rest_goes_on(line, field, words):
    good = {"text": "A good line."}
    before, reject, after = read_lines(good, line, good)
    assert isinstance(before, Article)
    assert isinstance(after, Article)
    assert isinstance(reject, Reject)
    assert (reject.file, reject.line, reject.field) == ("-", 2, field)
    assert words in reject.reason


BAD = {"id": 1.5, "title": 5, "body": 5, "language": 3, "published": "soon", "url": 5, "source": 5}


@pytest.mark.parametrize(
    ("field", "name"), [(field, name) for field in BAD for name in NAMES[field]]
)
def test_a_reject_names_the_field_as_it_stands_in_the_input(field, name):
    assert rejected_field({name: BAD[field]}) == name
    written = name.title().replace("_", "-")
    assert rejected_field({written: BAD[field], f"{name}s of ours": "x"}) == written
    own = {"wat": BAD[field], name: "2024-05-08"}
    assert rejected_field(own, renamed={field: "wat"}) == "wat"


def rejected_field(values, **options):
    others = {"title": "A tram stopped", "text": "At noon."}
    kept = {name: text for name, text in others.items() if known_field(name) not in pick(values)}
    (reject,) = read_lines(values | kept, **options)
    return reject.field


def test_a_line_beyond_the_limit_streams_past():
    long = {"text": "x" * 2 * LONGEST_LINE}
    results = read_lines(long, {"text": "Short."}, {"text": "y" * LONGEST_LINE})
    assert [type(result) for result in results] == [Reject, Article, Reject]
    assert [r.line for r in results if isinstance(r, Reject)] == [1, 3]


def test_a_folder_is_read_whole_and_sorted(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "b.jsonl").write_text('{"id": "b", "text": "Second."}\n')
    (tmp_path / "a.txt").write_text("First text, a sentence.")
    (tmp_path / "sub" / "c.dat").write_text('{"id": "c", "text": "Third."}\n')
    (tmp_path / ".hidden").write_text("not this")
    results = list(reading([tmp_path]))
    assert [result.body for result in results] == ["First text, a sentence.", "Second.", "Third."]


def test_globs_and_what_is_not_there(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"id": "a", "text": "One."}\n')
    (tmp_path / "empty").mkdir()
    paths = [f"{tmp_path}/*.jsonl", f"{tmp_path}/*.xml", tmp_path / "gone", tmp_path / "empty", "-"]
    article, *rejects = reading(paths)
    assert article.id == "a"
    assert [reject.reason for reject in rejects] == [
        "no file matches this pattern",
        "there is no such file or folder",
        "the folder holds no files",
        "there is no standard input to read here",
    ]
    assert rejects[1].file == str(tmp_path / "gone")


def test_a_device_and_binary_data_are_rejected(tmp_path):
    (tmp_path / "x.bin").write_bytes(b"\x7fELF\0\0\1\2")
    (tmp_path / "empty.txt").write_bytes(b"")
    reasons = [r.reason for r in reading(["/dev/zero", tmp_path / "x.bin", tmp_path / "empty.txt"])]
    assert reasons[0] == "is neither a file nor a pipe"
    assert "binary" in reasons[1]
    assert reasons[2] == "it is empty"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_rejected(tmp_path):
    path = tmp_path / "locked.txt"
    path.write_text("x")
    path.chmod(0)
    (reject,) = reading([path])
    assert "cannot be read" in reject.reason


def test_progress_counts_bytes_up_to_the_total(tmp_path):
    for name in "ab":
        (tmp_path / name).write_text('{"text": "One."}\n' * 300)
    calls = []
    n_results = sum(1 for _ in reading([tmp_path], progress=lambda *call: calls.append(call)))
    total = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert n_results == 600
    assert calls[-1] == ("read", total, total)
    assert [call[1] for call in calls] == sorted(call[1] for call in calls)


def test_reading_streams(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "One."}\n' * 10)
    articles = reading([path])
    assert next(articles).body == "One."
    articles.close()


def test_renamed_fields_go_before_the_table():
    (article,) = read_lines(
        {"kop": "A title", "title": "Not this", "text": "x"}, renamed={"title": "kop"}
    )
    assert article.title == "A title"


def test_plain_text_with_a_title(tmp_path):
    path = tmp_path / "a"
    path.write_text(
        "Bridge closes on Monday\n\nThe bridge over the river closes on Monday for repairs.\n"
    )
    (article,) = reading([path])
    assert article.title == "Bridge closes on Monday"
    assert article.body == "The bridge over the river closes on Monday for repairs."


@pytest.mark.parametrize(
    ("line", "published"),
    [("date 2023-05 ", None), ("date 2023-05-09 ", datetime(2023, 5, 9, tzinfo=UTC))],
)
def test_a_leftover_date_counts_only_with_its_day(tmp_path, line, published):
    path = tmp_path / "a.txt"
    path.write_text(f" {line}Met videoAan de kust is een schip gestrand. Niemand raakte gewond.")
    (article,) = reading([path])
    assert article.published == published
    assert article.body == "Aan de kust is een schip gestrand. Niemand raakte gewond."
    assert article.raw.startswith(f" {line}")
    assert article.title == ""


def test_a_leftover_date_that_cannot_be_is_named_as_a_date(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("date 2031-01-01 The tram stopped at noon.")
    (reject,) = reading([path])
    assert reject.place == f"{path}, date"


@pytest.mark.data
def test_the_seed_article_loses_its_junk_and_nothing_else(data_folder):
    (article,) = reading([data_folder / "seed_article.txt"])
    raw = (data_folder / "seed_article.txt").read_text("utf-8")
    assert article.title == ""
    assert article.language == "nl"
    assert article.published is None
    assert article.raw == raw
    start = raw.index("videoAan") + len("video")
    assert article.body == raw[start : raw.index("Volledig scherm")].strip()


def test_standard_input_that_is_named_twice_is_read_once():
    stdin = io.BytesIO(b'{"text": "The tram stopped."}')
    article, reject = reading(["-", "-"], stdin=stdin)
    assert article.body == "The tram stopped."
    assert (reject.file, reject.reason) == ("-", "was named before, and can be read only once")

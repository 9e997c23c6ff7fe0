"""What a report says of a night, and how it is sent."""

import email
import email.policy
import re

import pytest

from engine.errors import InputError
from engine.reports.html import html, markdown
from engine.reports.mail import mail_address, mail_server
from engine.reports.story_brief import _firsts, _of_one_time
from tests.cli.cases import invoke
from tests.jobs.night_cases import BRIDGE, ROBBERY, WEEK, ids_of, line, night, two_stories


@pytest.fixture
def base(tmp_path):
    with two_stories(tmp_path) as opened:
        yield opened


def section(page, name):
    """Return the lines under a heading of Markdown."""
    return re.split(r"^## ", page.split(f"## {name}\n", 1)[1], flags=re.MULTILINE)[0]


def on(day):
    """Return an article as it is dated: seconds since 1970, and its id."""
    return 1_682_899_200 + 86_400 * day, f"a{day}"


@pytest.mark.parametrize(
    ("days", "kept"),
    [
        ([-19000, 1, 2, 3], [1, 2, 3]),
        ([1, 2, 300], [1, 2]),
        ([1, 25, 50], [1, 25, 50]),
        ([], []),
    ],
)
def test_a_clock_that_was_never_set_does_not_break_a_story(days, kept):
    assert _of_one_time([on(day) for day in days]) == [on(day) for day in kept]


def test_languages_come_in_order_of_their_first_article():
    spoken = {"a1": "nl", "a2": "en", "a3": "nl", "undated": "fr"}
    found = _firsts([on(1), on(2), on(3)], list(spoken), spoken)
    assert list(found.items()) == [("a1", 0), ("a2", 24), ("undated", None)]


def test_it_tells_what_ended_what_was_edited_and_what_was_rejected(base, tmp_path):
    night(base, tmp_path, line("b3", f"{BRIDGE}. More.", 2))
    edit = tmp_path / "edit.jsonl"
    edit.write_text(
        line("b3", f"{BRIDGE}. More.", 2, title="Corrected: [bridge](x)")
        + "\n"
        + line("x", "A ferry ran aground.", 12)
    )
    report = base.nightly([edit, tmp_path / "nowhere.jsonl"], window=WEEK)
    page = markdown(base.briefing(report))
    assert ids_of(base)["r1"] in section(page, "Ended")
    assert "Corrected: \\[bridge\\](x)" in section(page, "Edited headlines")
    assert f"“{BRIDGE[:40].strip()}”" in section(page, "Edited headlines")
    assert "nowhere.jsonl: there is no such file" in section(page, "Rejected")
    assert "1 added, 1 updated" in page
    # Of a night that goes by, nothing of this is news any more.
    report = night(base, tmp_path, line("y", "A museum opens.", 12.5), name="y.jsonl")
    later = markdown(base.briefing(report))
    assert not re.search("## (Edited|Rejected)", later)
    assert "robbers" not in later


def test_it_tells_that_there_are_more_rejects_than_it_shows(base, tmp_path):
    broken = tmp_path / "broken.jsonl"
    broken.write_text("no JSON\n" * 25)
    page = markdown(base.briefing(base.nightly([broken], window=WEEK)))
    assert "All 25 are in" in page
    assert "rejects.jsonl" in page


def test_an_outlet_does_not_copy_itself(base, tmp_path):
    lines = [
        line("c1", f"{ROBBERY}.", 1.5, source="Daily"),
        line("c2", f"{ROBBERY}.", 1.6, source="Other"),
    ]
    page = markdown(base.briefing(night(base, tmp_path, *lines)))
    assert "Copied from Daily: Other." in page


def test_only_addresses_of_the_web_are_linked(base, tmp_path):
    lines = [
        line("j", f"{BRIDGE}. Js.", 0.1, url="javascript:alert(1)", language="de"),
        line("w", f"{BRIDGE}. Web.", 0.2, url='https://x.example/"><a(b)?q=ü', language="nl"),
    ]
    briefing = base.briefing(night(base, tmp_path, *lines))
    assert re.findall('<a href="([^"]*)"', html(briefing)) == [
        "https://x.example/%22%3E%3Ca%28b%29?q=%C3%BC"
    ]
    assert "](<https://x.example/%22%3E%3Ca%28b%29?q=%C3%BC>)" in markdown(briefing)
    assert "javascript" not in html(briefing) + markdown(briefing)


def test_the_report_can_be_mailed(base, mailbox, capsys):
    place = f"smtp://127.0.0.1:{mailbox.server_address[1]}"
    to = ["--to", "desk@example.org", "--to", "chief@example.org", "--smtp", place]
    nightly = ["nightly", "--window", "7d", "--indexes", base.layout.root]
    assert invoke(capsys, *nightly, "--dry-run", *to)[0] == 0
    assert mailbox.received == []
    assert invoke(capsys, *nightly, *to)[0] == 0
    message = email.message_from_bytes(mailbox.received[0], policy=email.policy.default)
    assert message["Subject"].startswith("Stories of ")
    assert message["To"] == "desk@example.org, chief@example.org"
    assert len(mailbox.recipients) == 2
    plain, page = message.iter_parts()
    assert BRIDGE[:40].strip() in plain.get_content()
    assert page.get_content().startswith("<!doctype html>")
    # Nobody mails unless asked to, and nobody there does not fail the night.
    assert invoke(capsys, *nightly)[0] == 0
    assert len(mailbox.received) == 1
    mailbox.shutdown()
    mailbox.server_close()
    done, _, err = invoke(capsys, *nightly, *to)
    assert done == 0
    assert "mail: 127.0.0.1 did not take the mail" in err


def test_a_password_is_not_sent_in_the_clear(base, monkeypatch, mailbox, capsys):
    place = f"smtp://user:secret@127.0.0.1:{mailbox.server_address[1]}"
    monkeypatch.setenv("ENGINE_SMTP", place)
    root = base.layout.root
    done, _, err = invoke(capsys, "nightly", "--to", "a@example.org", "--indexes", root)
    assert done == 0
    assert "offers no TLS" in err
    assert "secret" not in err
    assert mailbox.received == []


@pytest.mark.parametrize("url", ["localhost", "http://x", "smtp://", "smtp://host:port"])
def test_what_is_no_mail_server_is_refused_and_not_repeated(url):
    with pytest.raises(InputError, match="smtp://host:25") as error:
        mail_server(url)
    assert "got something else" in str(error.value)


def test_mail_servers_and_addresses():
    server = mail_server("smtps://me%40x:p%3Aw@mail.example")
    assert (server.port, server.secure, server.user, server.password) == (465, True, "me@x", "p:w")
    assert mail_server("smtp://mail.example").port == 25
    assert mail_address("desk@example.org").domain == "example.org"


@pytest.mark.parametrize("text", ["desk", "", "@example.org", "a@b\r\nBcc: c@d", "a b@c"])
def test_what_is_no_mail_address_is_refused_before_the_night(text):
    with pytest.raises(InputError, match="expected a mail address"):
        mail_address(text)


def test_a_dry_run_writes_the_report_it_would_have_written(base, tmp_path, capsys):
    feed = tmp_path / "feed.jsonl"
    feed.write_text(line("b3", f"{BRIDGE}. The mayor came.", 2))
    arguments = ["nightly", feed, "--window", "7d", "--indexes", base.layout.root]
    arguments += ["--report", tmp_path / "dry"]
    assert invoke(capsys, *arguments, "--dry-run")[0] == 0
    assert not (base.layout.root / "reports").exists()
    assert ids_of(base).keys() == {"b1", "b2", "r1", "r2"}
    dry = (tmp_path / "dry" / "run-2.md").read_text()
    assert "(growing)" in dry


def test_a_dry_run_knows_what_the_base_has_learnt(base):
    (base.layout.root / "pair_model.json").write_text("{}")
    with base.rehearsal() as copy:
        assert (copy.layout.root / "pair_model.json").read_text() == "{}"

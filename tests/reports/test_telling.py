"""Watches are told by the nightly command: by mail, by webhook and in the report."""

import email
import email.policy
import json

import pytest

from tests.cli.cases import invoke
from tests.jobs.night_cases import ROBBERY, line, two_stories, write


@pytest.fixture
def base(tmp_path):
    with two_stories(tmp_path) as opened:
        yield opened


@pytest.fixture
def engine_of(base, capsys, monkeypatch):
    """Return the program on the base, which expects an exit code."""
    monkeypatch.setenv("ENGINE_INDEXES", str(base.layout.root))

    def run(*arguments, code=0):
        found, out, err = invoke(capsys, *arguments)
        assert found == code, err
        return out, err

    return run


def robbery(folder, name, words):
    return write(folder / f"{name}.jsonl", line(name, f"{ROBBERY}. {words}", 3))


def test_a_night_tells_by_mail_webhook_and_report(base, engine_of, mailbox, hook, tmp_path):
    place = ["--smtp", f"smtp://127.0.0.1:{mailbox.server_address[1]}"]
    sent = ["--mail", "desk@example.org", "--webhook", hook.address]
    out, _ = engine_of("watches", "add", "gold", "--text", ROBBERY, *sent, "--json")
    assert json.loads(out)["ways"] == ["mail", "webhook"]
    engine_of("nightly", robbery(tmp_path, "new1", "A reward."), "--no-watches")
    assert hook.received == []
    assert mailbox.received == []
    report = ["--report", tmp_path / "reports"]
    engine_of("nightly", robbery(tmp_path, "new2", "Coins found."), *place, *report)
    (posted,) = hook.received
    assert posted["watch"]["name"] == "gold"
    (entry,) = posted["entries"]
    assert {one["id"] for one in entry["articles"]} == {"new1", "new2"}
    message = email.message_from_bytes(mailbox.received[0], policy=email.policy.default)
    assert message["Subject"] == "gold: 1 story"
    plain, page = message.iter_parts()
    assert "Three masked robbers" in plain.get_content()
    assert page.get_content().startswith("<!doctype html>")
    (written,) = (tmp_path / "reports").glob("*.md")
    assert "## Watches\n\n- gold, 2 new: " in written.read_text()
    engine_of("nightly", *place)
    engine_of("watches", "check", *place)
    assert (len(hook.received), len(mailbox.received)) == (1, 1)


def test_what_cannot_be_sent_is_logged_and_sent_the_next_night(base, engine_of, hook, tmp_path):
    engine_of("watches", "add", "gold", "--article", "r1", "--webhook", hook.address)
    hook.status = 400
    _, err = engine_of("nightly", robbery(tmp_path, "new1", "A reward."))
    assert "watch 'gold' was not sent by webhook: 127.0.0.1: it answered 400" in err
    logged = json.loads(base.layout.webhook_log.read_text().splitlines()[-1])
    assert (logged["host"], logged["status"]) == ("127.0.0.1", 400)
    hook.status = 204
    engine_of("nightly")
    first, second = hook.received
    assert first == second
    engine_of("nightly")
    assert len(hook.received) == 2


def test_damaged_watches_do_not_lose_the_night(base, engine_of, tmp_path):
    engine_of("watches", "add", "gold", "--article", "r1")
    base.layout.watches.write_text("{")
    _, err = engine_of("nightly", robbery(tmp_path, "new1", "A reward."), "--report", tmp_path)
    assert "not all watches were told" in err
    base.refresh()
    assert base.articles(["new1"])
    engine_of("watches", "list", code=1)


def test_watches_are_listed_shown_checked_and_removed(base, engine_of, tmp_path):
    text = tmp_path / "asked.txt"
    text.write_text(ROBBERY)
    story = base.stories()[0].id
    engine_of("watches", "add", "file", "--file", text, "--lang", "en")
    assert engine_of("watches", "add", "story", "--story", story)[0] == (
        f"story watches story {story}\n"
    )
    engine_of("watches", "add", "both", "--story", story, "--text", "a", code=2)
    assert ROBBERY[:30] in engine_of("watches", "list")[0]
    names = [
        json.loads(row)["name"]
        for row in engine_of("watches", "list", "--json")[0].split("\n")
        if row
    ]
    assert names == ["file", "story"]
    assert engine_of("watches", "check")[0] == "nothing is new\n"
    base.nightly([robbery(tmp_path, "new1", "A reward.")])
    waiting = engine_of("watches", "check", "file", "--dry-run", "--json")[0]
    told = engine_of("watches", "check", "file", "--json")[0]
    entries = [json.loads(one)["entries"][0]["articles"][0]["id"] for one in (waiting, told)]
    assert entries == ["new1", "new1"]
    assert "Three masked" in engine_of("watches", "show", "file")[0]
    assert len(json.loads(engine_of("watches", "show", "file", "--json")[0])["entries"]) == 1
    engine_of("watches", "remove", "file")
    assert "file" in engine_of("watches", "show", "file", code=1)[1]

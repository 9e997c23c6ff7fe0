"""Reports and webhooks tell which stories are breaking, with headlines as they are wanted."""

from engine.reports.html import html, markdown
from tests.jobs.breaking_cases import after_a_burst, told
from tests.jobs.night_cases import night


def test_a_report_and_a_webhook_tell_what_their_night_found(tmp_path):
    base, report = after_a_burst(tmp_path)
    briefing = base.briefing(report)
    (one,) = briefing.breaking
    assert one.story is not None
    for page in (html(briefing), markdown(briefing)):
        assert "2.4% of 41 stories" in page.replace("\\", "")
    (posted,) = base.news(report).to_dict()["breaking"]
    assert posted["alert"]["story"] == one.story.id
    quiet = night(base, tmp_path, told("b9", 9, 6.1))
    assert base.news(quiet).breaking == ()
    assert base.briefing(quiet).breaking == ()
    assert [past.alert for past in base.briefing_of(report.run).breaking] == [one.alert]
    base.close()


def test_an_unchanged_night_posts_nothing_again(tmp_path):
    base, _ = after_a_burst(tmp_path)
    assert base.news(base.nightly()).breaking == ()
    base.close()

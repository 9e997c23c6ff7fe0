"""Draws the pictures of docs/tour.md: the pages of the sample, served and seen with Chromium.

The sample comes in two nights, so that there is something new. Each picture has a palette of its
own, which keeps it small.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import engine
from engine import Watch
from engine.facade import Base
from tests.serve.pages.conftest import FLAGS, SAMPLE, SECRET, serving

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
COLOURS = 256

SECOND_NIGHT = "2023-06-05"
"""Articles from this day on come in the second night."""

DESK, PHONE = (1120, 760), (390, 760)

QUAKE = "mer-1041"
"""An article of the story that is shown."""

MATCH = "hdb-2000"
"""An article of the first stage of the matter that is shown."""

QUESTION = "Aardbeving treft westen van Turkije, doden onder het puin"

WATCHED = Watch(name="Dams", text="A dam collapsed in Ukraine and floods towns along the river")

PICTURES = (
    # name, address, size, scheme, language
    ("today", "/", DESK, "light", "en-GB"),
    ("story", "/stories/{story}", (1120, 900), "light", "en-GB"),
    ("search", f"/search?q={QUESTION.replace(' ', '+')}", DESK, "light", "en-GB"),
    ("article", "/articles/{article}", DESK, "light", "en-GB"),
    ("differences", "/stories/{story}#differences", DESK, "light", "en-GB"),
    ("matter", "/matters/{matter}", DESK, "light", "en-GB"),
    ("coverage", "/coverage", (1120, 900), "light", "en-GB"),
    ("watch", "/watches/{watch}", DESK, "light", "en-GB"),
    ("night", "/night", DESK, "light", "en-GB"),
    ("base", "/base", DESK, "dark", "nl-NL"),
    ("label", "/label", (1120, 640), "light", "en-GB"),
    ("phone", "/stories/{story}", PHONE, "dark", "en-GB"),
)


def main() -> None:
    """Draw all pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made, engine.open(Path(made) / "base") as base:
        rows = [json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines()]
        base.nightly([row for row in rows if row.get("published_at", "") < SECOND_NIGHT])
        base.add_watch(WATCHED)
        base.nightly(rows)
        base.tell_watches()
        draw_all(base)


def draw_all(base: Base) -> None:
    """Draw every page of a base of the sample."""
    story = base.reader.story_of(QUAKE)
    cut = next(one.id for one in base.iter_articles() if len(one.raw) > len(one.body) + 40)
    games = base.reader.story_of(MATCH)
    if story is None or games is None:
        raise SystemExit("the sample makes other stories than are shown")
    with serving(base.layout.root) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        ids = {
            "story": story.id,
            "article": cut,
            "matter": next(
                one.id for one in base.matters() if games.id in {stage.id for stage in one.stories}
            ),
            "watch": quote(WATCHED.name),
        }
        for name, path, size, scheme, language in PICTURES:
            target = address + path.format(**ids)
            draw(browser, address, target, IMAGES / f"{name}.png", size, scheme, language)


def draw(
    browser: Browser,
    address: str,
    target: str,
    picture: Path,
    size: tuple[int, int],
    scheme: str,
    language: str,
) -> None:
    """Draw one page as somebody who is signed in sees it."""
    width, height = size
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        locale=language,
        timezone_id="Europe/Amsterdam",
    )
    page.goto(f"{address}/sign-in")
    page.fill("#token", SECRET)
    page.press("#token", "Enter")
    page.wait_for_url(f"{address}/")
    page.goto(target)
    page.screenshot(path=picture, animations="disabled")
    page.close()
    Image.open(picture).convert("RGB").quantize(COLOURS, kmeans=4).save(picture, optimize=True)


if __name__ == "__main__":
    main()

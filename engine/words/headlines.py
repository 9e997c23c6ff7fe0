"""What an article is called: its title, or where that says nothing, how its text begins."""

from __future__ import annotations

import re

from engine.domain import Article
from engine.words.cldr import small_calendar_words
from engine.words.late import late, with_properties

HEADLINE_CHARACTERS = 120
"""Characters of a text's beginning that stand for a missing title."""

SNIPPET_CHARACTERS = 200
"""Characters of a text's beginning that are shown of a hit: about two lines."""

STAMP_CHARACTERS = 100
"""Characters of the longest date and time, with what is said of it, that stand for a title."""

SHORTEST_SENTENCE = 20
"""Characters before a full stop below which it may end an abbreviation."""

_STAMP_WORDS = (
    # What sites write before the time of a change, in the languages with most news.
    "last updated update modified published posted at on by the "
    "laatst bijgewerkt gewijzigd gepubliceerd op om uur "
    "zuletzt aktualisiert geändert veröffentlicht stand am um uhr "
    "mis mise à jour modifié publié le heure dernière "
    "última actualización actualizado actualizada publicado el a las del de hora horas "
    "ultimo aggiornamento aggiornato pubblicato il alle ore "
    "atualização atualizado atualizada em às "
    "ostatnia aktualizacja zaktualizowano opublikowano dnia godz "
    "последнее обновление обновлено опубликовано в оновлено опубліковано о "
    "son güncelleme güncellendi yayınlandı saat "
    # Ordinals, halves of the day and the zones of a time.
    "st nd rd th pm h hrs p m d t z utc gmt bst wet west cet cest eet eest msk "
    "est edt cst cdt mst mdt pst pdt et ist jst"
)
"""Words of dates and times besides months and weekdays, which are those of CLDR."""

_WORD = late(with_properties, r"\p{L}[\p{L}\p{M}]*")
_ASCII_WORD = re.compile("[a-zA-Z]+")
_TIME = late(re.compile, r"\d\s?[:./-]\s?\d|\d{4}")
_SENTENCE_END = late(with_properties, r"(?<=[.!?…؟।][\p{Pf}\p{Pe}\"']?)\s+|(?<=[。！？])")


def headline_of(article: Article) -> str:
    """Return what an article is called."""
    return headline(article.title, article.body, article.language)


def headline(title: str, body: str, language: str) -> str:
    """Return the title, or where there is none or only a date, the first sentence of the text.

    Never empty where either holds more than blanks.

    Parameters
    ----------
    title, body
        Cleaned text.
    language
        ISO 639-1 code, whose months and weekdays are known.
    """
    if title and not is_stamp(title, language):
        return title
    rest = body.removeprefix(title).strip()
    lines = (line for line in rest.split("\n") if line.strip() and not is_stamp(line, language))
    line = next(lines, "")
    return first_words(line) if line else title or first_words(rest)


def is_stamp(text: str, language: str) -> bool:
    """Tell whether `text` says nothing but when something was written or changed."""
    if len(text) > STAMP_CHARACTERS or not _TIME.search(text):
        return False
    words = (_ASCII_WORD if text.isascii() else _WORD).findall(text)
    said = {word.casefold() for word in words} - set(_STAMP_WORDS.split())
    return not said or said <= small_calendar_words(language) | small_calendar_words("en")


def first_words(text: str) -> str:
    """Return the first sentence of `text`, or as many of its words as a headline may have."""
    ends = (match.start() for match in _SENTENCE_END.finditer(text))
    sentence = text[: next((end for end in ends if end >= SHORTEST_SENTENCE), len(text))]
    return _cut(sentence, HEADLINE_CHARACTERS)


def snippet(title: str, body: str) -> str:
    """Return how the text goes on after its title, on one line; the title where nothing does."""
    rest = " ".join(body.removeprefix(title).split()) or title
    return _cut(rest, SNIPPET_CHARACTERS)


def _cut(text: str, limit: int) -> str:
    """Return the words at the start of `text` that are no more than `limit` characters."""
    if len(text) <= limit:
        return text.strip()
    return (text[: limit + 1].rpartition(" ")[0] or text[:limit]).strip()

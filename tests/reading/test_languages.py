"""Languages: codes in one form, texts without a code."""

import json
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.reading import detect
from engine.reading.languages import SCRIPTS, _counts, _numbers, _table, _windows, normalise


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("nl", "nl"),
        ("NL_nl", "nl"),
        ("nl_NL.UTF-8", "nl"),
        ("nld", "nl"),
        ("dut", "nl"),
        ("Dutch", "nl"),
        ("zh-CN", "zh"),
        ("zho-TW", "zh"),
        ("zh-Hant", "zh"),
        ("cmn", "zh"),
        ("yue", "zh"),
        ("eng", "en"),
        ("en-us", "en"),
        ("arb", "ar"),
        ("prs", "fa"),
        ("nb-NO", "no"),
        ("nno", "no"),
        ("iw", "he"),
        ("fil", "tl"),
        ("ckb", "ckb"),
        (" Portuguese (Brazil) ", "pt"),
        ("", ""),
        ("und", ""),
        ("xx", ""),
        ("-", ""),
        ("klingon", ""),
    ],
)
def test_normalise(code, language):
    assert normalise(code) == language


TEXTS = [
    ("en", "The bridge over the river will be closed for repairs from Monday."),
    ("nl", "De brug over de rivier gaat vanaf maandag dicht voor onderhoud."),
    ("de", "Die Brücke über den Fluss wird ab Montag für Reparaturen gesperrt."),
    ("fr", "Le pont sur le fleuve sera fermé pour travaux à partir de lundi."),
    ("es", "El puente sobre el río se cerrará por obras a partir del lunes."),
    ("it", "Il ponte sul fiume sarà chiuso per lavori da lunedì."),
    ("pt", "A ponte sobre o rio será fechada para obras a partir de segunda-feira."),
    ("ca", "El pont sobre el riu es tancarà per obres a partir de dilluns."),
    ("ro", "Podul peste râu va fi închis pentru lucrări începând de luni."),
    ("sv", "Bron över floden stängs för reparationer från och med måndag."),
    ("da", "Broen over floden bliver lukket for reparationer fra mandag af."),
    ("no", "Broen over elven blir stengt for reparasjoner fra mandag av."),
    ("fi", "Joen ylittävä silta suljetaan korjausten vuoksi maanantaista alkaen."),
    ("pl", "Most na rzece zostanie zamknięty z powodu remontu od poniedziałku."),
    ("cs", "Most přes řeku bude od pondělí uzavřen kvůli opravám."),
    ("hu", "A folyó feletti hidat hétfőtől felújítás miatt lezárják."),
    ("tr", "Nehrin üzerindeki köprü pazartesi gününden itibaren kapatılacak."),
    ("id", "Jembatan di atas sungai itu akan ditutup untuk perbaikan mulai Senin."),
    ("vi", "Cây cầu bắc qua sông sẽ đóng cửa để sửa chữa từ thứ Hai."),
    ("sw", "Daraja juu ya mto litafungwa kwa matengenezo kuanzia Jumatatu."),
    ("ru", "Мост через реку закроют на ремонт с понедельника."),
    ("uk", "Міст через річку закриють на ремонт із понеділка."),
    ("bg", "Мостът над реката ще бъде затворен за ремонт от понеделник."),
    ("ar", "سيغلق الجسر فوق النهر للإصلاح اعتبارا من يوم الاثنين."),
    ("fa", "پل روی رودخانه از روز دوشنبه برای تعمیر بسته خواهد شد."),
    ("ur", "دریا پر بنا پل پیر سے مرمت کے لیے بند رہے گا۔"),
    ("he", "הגשר מעל הנהר ייסגר לתיקונים החל מיום שני."),
    ("el", "Η γέφυρα πάνω από το ποτάμι θα κλείσει για επισκευές από τη Δευτέρα."),
    ("hi", "नदी पर बना पुल सोमवार से मरम्मत के लिए बंद रहेगा।"),
    ("bn", "নদীর উপর সেতুটি সোমবার থেকে মেরামতের জন্য বন্ধ থাকবে।"),
    ("ta", "ஆற்றின் மேல் உள்ள பாலம் திங்கள் முதல் மூடப்படும்."),
    ("th", "สะพานข้ามแม่น้ำจะปิดซ่อมตั้งแต่วันจันทร์"),
    ("ka", "მდინარეზე გადებული ხიდი ორშაბათიდან დაიხურება."),
    ("hy", "Գետի վրայի կամուրջը կփակվի երկուշաբթի օրվանից։"),
    ("zh", "跨河大桥将从周一起关闭维修。"),
    ("ja", "川に架かる橋は月曜日から修理のため閉鎖される。"),
    ("ko", "강 위의 다리는 월요일부터 보수를 위해 폐쇄된다."),
    ("am", "በወንዙ ላይ ያለው ድልድይ ከሰኞ ጀምሮ ለጥገና ይዘጋል።"),
    ("de", "DIE BRÜCKE ÜBER DEN FLUSS WIRD AB MONTAG GESPERRT"),
    ("zh", "习近平会见法国总统"),
    ("ja", "首相、来週訪米へ"),
]


@pytest.mark.parametrize(
    ("language", "text"), TEXTS, ids=[f"{code}-{text[:12]}" for code, text in TEXTS]
)
def test_a_sentence_is_recognised(language, text):
    found = detect(text)
    assert found.language == language
    assert 0.4 <= found.confidence <= 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "12.5 % -- 2024",
        "ok",
        "🙂🙂🙂",
        "Bakhmut",
        "Мост through the город and the реку 桥 다리 جسر над",
    ],
)
def test_too_short_or_mixed_is_undetermined(text):
    assert detect(text).language == "und"


def test_a_short_query_is_recognised_fast():
    detect("warm up")
    start = time.process_time()
    assert detect("soldaat geeft zich over aan drone").language == "nl"
    assert time.process_time() - start < 0.05


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=200))
def test_any_text_gives_a_known_code_and_a_probability(text):
    found = detect(text)
    assert found.language == "und" or normalise(found.language) == found.language
    assert 0 <= found.confidence <= 1
    assert detect(text) == found


@settings(deadline=None)
@given(st.sampled_from(SCRIPTS), st.text("aeinrst нов مل केर\0", max_size=30).map(str.encode))
def test_grams_are_counted_as_one_by_one(script, data):
    """The longest known one before each byte, in the order in which they first come."""
    table = _table(script)
    known = dict(zip(table.grams.tolist(), table.rows.tolist(), strict=True))
    counts: dict[int, int] = {}
    for end in range(1, len(data) + 1):
        for length in range(min(end, table.longest), 0, -1):
            number = int.from_bytes(data[end - length : end]) | length << 8 * table.longest
            if number in known:
                counts[known[number]] = counts.get(known[number], 0) + 1
                break
    rows, found = _counts(data, table)
    assert list(zip(rows.tolist(), found.tolist(), strict=True)) == list(counts.items())


@pytest.mark.slow
def test_the_table_agrees_with_the_model_it_was_made_from():
    langid = pytest.importorskip("py3langid.langid")
    model = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)
    agreeing = [
        model.classify(text)[0] == detect(text).language for _, text in TEXTS if len(text) > 40
    ]
    assert sum(agreeing) >= 0.9 * len(agreeing)


@pytest.mark.data
def test_real_news_in_twenty_languages_is_recognised(data_folder):
    lines = (data_folder / "ntrex_parallel.jsonl").read_text("utf-8").splitlines()
    articles = [json.loads(line) for line in lines[::7]]
    right = [detect(a["text"]).language == normalise(a["language"]) for a in articles]
    assert sum(right) >= 0.99 * len(right)


@given(st.lists(st.binary(min_size=1, max_size=5), min_size=1, max_size=20))
def test_the_number_of_an_n_gram_is_that_of_the_window_that_it_is(grams):
    data = np.frombuffer(b"".join(grams), np.uint8)
    lengths = np.array([len(gram) for gram in grams])
    longest = int(lengths.max())
    windows = _windows(data, longest)[lengths - 1, np.cumsum(lengths) - 1]
    assert _numbers(data, lengths, longest).tolist() == windows.tolist()

"""Page furniture goes, with the rule that cut it; what is cut can be put back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.reading import clean
from engine.reading.cleaning.cleaner import fingerprint, repair
from engine.reading.cleaning.furniture import asked_rules, may_be_furniture
from engine.reading.cleaning.phrases import phrases, table_text

BODY = (
    "The first sentence of the article is long enough to be a lead.",
    "The second paragraph tells more about it.",
    "The third one as well, and in some detail.",
    "The fourth one ends it.",
)

LINES = [
    ("paywall", "Subscribe to continue reading this story"),
    ("paywall", "Already a subscriber? Sign in"),
    ("paywall", "Dit artikel is alleen voor abonnees. Al abonnee? Log in."),
    ("paywall", "Bereits Abonnent? Hier anmelden."),
    ("paywall", "La suite est réservée aux abonnés. Il vous reste 80 % de cet article à lire."),
    ("paywall", "¿Ya eres suscriptor? Inicia sesión"),
    ("paywall", "Contenuto riservato agli abbonati"),
    ("paywall", "Já é assinante? Entre aqui."),
    ("paywall", "Masz już prenumeratę? Zaloguj się"),
    ("paywall", "Материал доступен только подписчикам"),
    ("paywall", "Матеріал доступний лише передплатникам"),
    ("paywall", "Redan prenumerant? Logga in"),
    ("paywall", "Okumaya devam etmek için abone olun"),
    ("paywall", "この記事は有料会員限定です。"),
    ("paywall", "هذا المقال متاح للمشتركين فقط"),
    ("mail", "Unsubscribe"),
    ("mail", "[View in browser]"),
    ("mail", "You received this email because you signed up for news of the Echo."),
    ("mail", "Klik hier om je af te melden"),
    ("mail", "Im Browser ansehen"),
    ("mail", "Vous recevez cet e-mail car vous êtes inscrit à l'Écho."),
    ("mail", "Ver en el navegador"),
    ("mail", "Visualizza nel browser"),
    ("mail", "Cancelar inscrição"),
    ("mail", "Otrzymujesz tę wiadomość, ponieważ zapisałeś się na listę."),
    ("mail", "Отписаться от рассылки"),
    ("mail", "Переглянути у браузері"),
    ("mail", "Visa i webbläsaren"),
    ("mail", "Tarayıcıda görüntüle"),
    ("mail", "退订"),
    ("mail", "配信停止はこちら"),
    ("mail", "수신거부"),
    ("share", "Like this story? Share it with your friends!"),
    ("share", "Hat Ihnen dieser Artikel gefallen? Teilen Sie ihn!"),
    ("share", "Понравилась статья? Поделитесь с друзьями!"),
    ("share", "Baixe o nosso app e leia primeiro"),
    ("share", "Open in app"),
    ("share", "下载我们的应用"),
    ("read-more", "MOST READ"),
    ("read-more", "Nicht verpassen:"),
    ("read-more", "Не пропустите"),
    ("read-more", "人気記事"),
    ("author", "View all posts by Ann Smith"),
    ("author", "About the author"),
    ("author", "Über die Autorin"),
    ("author", "Об авторе"),
    ("author", "この著者の記事一覧"),
    ("rights", "The Echo. All rights reserved. No part may be published elsewhere."),
    ("rights", "版权所有 回声报"),
    ("read-more", "İLGİLİ HABER: Köprü pazartesi kapanıyor"),
    ("read-more", "İlgili haberler"),
    ("comments", "Bekijk de reacties (23)"),
    ("comments", "Kommentare anzeigen"),
    ("share", "Teilen"),
    ("share", "Paylaş"),
    ("live", "Live blog closed"),
    ("read-more", "Read more: Bridge closes on Monday"),
    ("read-more", "READ ALSO"),
    ("read-more", "▶ Related: Ferry sinks"),
    ("read-more", "See also Ferry sinks off the coast"),
    ("read-more", "Lees ook: Brug gaat maandag dicht"),
    ("read-more", "Lees ook Brug gaat maandag dicht"),
    ("read-more", "[Lees meer]"),
    ("read-more", "Lesen Sie auch: Die Brücke schließt"),
    ("read-more", "À lire aussi : Le pont ferme lundi"),
    ("read-more", "Lea también: El puente cierra"),
    ("read-more", "LEGGI ANCHE > Il ponte chiude"),
    ("read-more", "Leia também: A ponte fecha"),
    ("read-more", "Czytaj także: Most zamknięty"),
    ("read-more", "Читайте также: Мост закрыт"),
    ("read-more", "Читайте також: Міст закрито"),
    ("read-more", "اقرأ أيضاً: إغلاق الجسر"),
    ("read-more", "延伸阅读：大桥关闭"),
    ("read-more", "関連記事：橋が閉鎖"),
    ("read-more", "관련기사"),
    ("read-more", "Läs också: Bron stängs"),
    ("read-more", "Baca juga: Jembatan ditutup"),
    ("read-more", "Xem thêm: Cầu đóng cửa"),
    ("advertisement", "ADVERTISEMENT"),
    ("advertisement", "Advertentie"),
    ("advertisement", "- Anzeige -"),
    ("advertisement", "Publicité"),
    ("advertisement", "РЕКЛАМА"),
    ("advertisement", "广告"),
    ("share", "Share on Facebook Share on Twitter"),
    ("share", "Deel dit artikel"),
    ("share", "Folgen Sie uns auf Instagram"),
    ("share", "Подписывайтесь на наш Telegram-канал"),
    ("share", "Підписуйтесь на наш Telegram-канал"),
    ("share", "تابعونا على فيسبوك"),
    ("newsletter", "Sign up for our daily newsletter and never miss a story."),
    ("newsletter", "Schrijf je in voor onze nieuwsbrief"),
    ("newsletter", "Zapisz się do newslettera"),
    ("cookies", "We use cookies to improve your experience."),
    ("cookies", "Wij gebruiken cookies om de site te verbeteren."),
    ("comments", "12 comments"),
    ("comments", "Reacties (3)"),
    ("rights", "© 2024 The Echo. All rights reserved."),
    ("rights", "Alle Rechte vorbehalten."),
    ("credit", "Foto: ANP"),
    ("credit", "(Photo: A. Person/Agency)"),
    ("credit", "Fot. PAP"),
    ("credit", "Фото: пресс-служба МЧС."),
    ("credit", "图片来源：新华社"),
    ("caption", "Volledig scherm Een brug over de rivier. © Twitter"),
    ("caption", "Enlarge this image"),
    ("video", "[VIDEO]"),
    ("video", "Met video"),
    ("byline", "By Anna Smith and John de Boer"),
    ("byline", "Door Jan van der Berg"),
    ("byline", "Por María López"),
    ("byline", "Автор: Иван Петров"),
    ("byline", "记者：王小明"),
    ("updated", "Laatste update: 9 mei 2023 10:12"),
    ("updated", "Updated 9 May 2023, 10:12 GMT"),
    ("updated", "5 min read"),
    ("clock", "14:32"),
    ("clock", "14.32 uur"),
    ("live", "Liveblog"),
    ("feed-note", "The post Bridge closes on Monday appeared first on The Echo."),
    ("feed-note", "Het bericht Brug gaat dicht verscheen eerst op De Gelderlander."),
    ("feed-note", "Der Beitrag Brücke gesperrt erschien zuerst auf echo.example."),
    ("feed-note", "L’article Le pont ferme est apparu en premier sur L’Écho."),
]

EDGE_ONLY = "byline"


@pytest.mark.parametrize(("rule", "line"), LINES, ids=[line for _, line in LINES])
def test_a_line_of_furniture_goes_whole(rule, line):
    text = "\n".join((*BODY[:2], line, *BODY[2:]))
    cleaned = clean(text)
    if rule == EDGE_ONLY:
        assert clean("\n".join((*BODY, *BODY))).cuts == ()
        cleaned = clean("\n".join((line, *BODY)))
    assert cleaned.text == "\n".join(BODY)
    assert [(cut.rule, cut.before, cut.after) for cut in cleaned.cuts] == [(rule, line, "")]


@pytest.mark.parametrize(
    "heading",
    ["DON'T MISS", "Lees ook:", "Mehr zum Thema", "À ne pas manquer", "Te puede interesar",
     "Leggi anche:", "Leia também", "Czytaj także", "Читайте также:", "Läs också", "関連記事",
     "延伸阅读", "관련기사", "اقرأ أيضا"],
)  # fmt: skip
def test_the_list_under_a_heading_of_links_goes_with_it(heading):
    links = ("- Ferry sinks off the coast", "- Who pays for the bridge")
    text = "\n".join((*BODY[:2], heading, *links, *BODY[2:]))
    cleaned = clean(text)
    assert cleaned.text == "\n".join(BODY)
    assert [cut.rule for cut in cleaned.cuts] == ["read-more"] * 3


def test_a_list_that_is_content_stays():
    items = ("- Ferries run until midnight", "- Buses stop at the station")
    for line in ("What changes on Monday:", "Read more: Bridge closes on Monday"):
        assert clean("\n".join((*BODY, line, *items))).text.endswith("\n".join(items))
    sentences = ("- The ferry runs until midnight.", "- Buses stop at the station.")
    assert clean("\n".join((*BODY, "Read also", *sentences))).text.endswith("\n".join(sentences))


def test_a_name_line_in_the_middle_stays():
    text = "\n".join((*BODY, "By Anna Smith", *BODY))
    assert clean(text).text == text


PREFIXES = [
    ("dateline", "AMSTERDAM (ANP) - "),
    ("dateline", "AMSTERDAM - "),
    ("dateline", "DEN HAAG – "),
    ("dateline", "KYIV, Ukraine (AP) — "),
    ("dateline", "PARIS, May 9 (Reuters) - "),
    ("dateline", "WASHINGTON -- "),
    ("dateline", "(CNN) "),
    ("dateline", "(CNN) -- "),
    ("dateline", "Berlin (dpa/tmn) - "),
    ("dateline", "Brussel (Belga) - "),
    ("dateline", "(ANSA) - ROMA, 09 MAG - "),
    ("dateline", "МОСКВА, 9 мая. /ТАСС/. "),
    ("dateline", "МОСКВА, 9 мая — РИА Новости. "),
    ("dateline", "القاهرة - رويترز: "),
    ("dateline", "واشنطن (رويترز) - "),
    ("dateline", "新华社北京5月9日电（记者王小明）"),
    ("dateline", "【新华社北京5月9日电】"),
    ("dateline", "【東京＝山田太郎】"),
    ("dateline", "(서울=연합뉴스) 김철수 기자 = "),
    ("leftover-date", "date 2023-05 Met video"),
    ("leftover-date", "date 2023-05-09 Met video "),
    ("leftover-date", "date: 2023-05-09 10:00 "),
    ("video", "Met video"),
    ("video", "[VIDEO] "),
    ("video", "VIDEO: "),
    ("video", "(vidéo) "),
]


@pytest.mark.parametrize(("rule", "prefix"), PREFIXES, ids=[prefix for _, prefix in PREFIXES])
def test_what_is_glued_before_the_lead_goes(rule, prefix):
    lead = BODY[0]
    cleaned = clean("\n".join((prefix + lead, *BODY[1:])))
    assert cleaned.text == "\n".join(BODY)
    assert [(cut.line, cut.rule, cut.after) for cut in cleaned.cuts] == [(1, rule, lead)]


@pytest.mark.parametrize(
    "credit", [" © AFP", " © Twitter / ANP", " (Photo by A. Person/Getty Images)"]
)
def test_a_credit_at_the_end_of_a_line_goes_and_the_line_stays(credit):
    cleaned = clean(BODY[0] + credit)
    assert cleaned.text == BODY[0]
    assert cleaned.cuts[0].rule == "credit"


def test_the_cuts_give_the_repaired_text_back():
    lead = "AMSTERDAM (ANP) - De brug is dicht, meldt de provincie dinsdag aan de pers."
    text = f"Lees ook: Iets\n\n{lead}\n\nFoto: ANP"
    cleaned = clean(text)
    lines = cleaned.repaired.split("\n")
    for cut in cleaned.cuts:
        assert lines[cut.line - 1] == cut.before
        lines[cut.line - 1] = cut.after
    assert "\n".join(lines).strip() == cleaned.text


def test_the_diff_shows_what_was_cut_and_why():
    lead = "De brug is dicht, meldt de provincie dinsdag aan de pers in Arnhem."
    cleaned = clean(f"AMSTERDAM (ANP) - {lead}\nLees ook: Iets\nEinde van het bericht.")
    assert list(cleaned.diff()) == [
        ("-", f"AMSTERDAM (ANP) - {lead}", "dateline"),
        ("+", lead, "dateline"),
        ("-", "Lees ook: Iets", "read-more"),
        (" ", "Einde van het bericht.", ""),
    ]


def test_the_fingerprint_names_the_version_and_the_table():
    assert fingerprint().startswith("clean-2-")


def test_the_table_is_sorted_out_and_broad():
    rows = [line.split("\t") for line in table_text().splitlines() if not line.startswith("#")]
    assert {len(row) for row in rows} == {4}
    assert len({tuple(row[1:]) for row in rows}) == len(rows)
    assert set(phrases()) == {row[1] for row in rows}
    n_languages: dict[str, set[str]] = {}
    for rule, _, language, _ in rows:
        n_languages.setdefault(rule, set()).add(language)
    for rule in (
        "read-more",
        "advertisement",
        "share",
        "newsletter",
        "cookies",
        "credit",
        "updated",
    ):
        assert len(n_languages[rule]) >= 12, rule


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=400))
def test_any_text_can_be_cleaned_and_its_cuts_put_back(text):
    cleaned = clean(text)
    lines = cleaned.repaired.split("\n")
    for cut in cleaned.cuts:
        assert lines[cut.line - 1] == cut.before
        assert cut.after in cut.before


@settings(deadline=None, max_examples=100)
@given(st.lists(st.sampled_from([line for _, line in LINES] + list(BODY)), max_size=12))
def test_sentences_survive_any_company_of_furniture(lines):
    kept = clean("\n".join(lines)).text.split("\n")
    assert [line for line in kept if line in BODY] == [line for line in lines if line in BODY]


@pytest.mark.parametrize(
    "form", [str, str.upper, str.title, lambda phrase: phrase.replace("i", "İ")]
)
def test_no_spelling_of_a_phrase_ends_cleaning(form):
    # The Turkish capital matches the small i of a pattern and is another letter to casefold.
    rows = [row.split("\t") for row in table_text().splitlines() if not row.startswith("#")]
    for _, _, _, phrase in rows:
        for line in (form(phrase), f"{form(phrase)}: Anders 12:05", f"Anna {form(phrase)} Anders"):
            clean(line)


PHRASES = tuple(row.split("\t")[3] for row in table_text().splitlines() if row[0] != "#")
LEADS = ("", "- ", "»» ", "(", "*_* ", "12 ", "▪ 3 ", "© ", "(c) ", "٣ ", "\u0307", "² ", "…… ")


@settings(deadline=None, max_examples=2000)
@given(
    st.sampled_from(LEADS),
    st.sampled_from((*PHRASES, "Copyright", "(C)", "12:05 uur", "Dinsdag")),
    st.sampled_from([str, str.upper, str.title, lambda phrase: phrase.replace("i", "İ")]),
    st.sampled_from(("", ": ", " - ", "²", "\u0307", "_", " ", "/")),
    st.sampled_from(("", "Het Laatste Nieuws", "Anna Anders/AFP", "12 maart 2024 12:05", "© AP")),
    st.booleans(),
)
def test_a_line_is_only_spared_the_rules_where_none_applies(lead, phrase, form, sign, rest, edge):
    line = repair(f"{lead}{form(phrase).replace('…', ' iets ')}{sign}{rest}")
    if line and asked_rules(line, near_edge=edge):
        assert may_be_furniture(line)


def test_prose_is_spared_the_rules():
    spared = [not may_be_furniture(line) for line in BODY if not line[0].isdigit()]
    assert sum(spared) > 0.9 * len(spared)

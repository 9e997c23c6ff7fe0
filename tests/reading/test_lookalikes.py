"""Sentences that merely look like page furniture; every one of them must stay whole."""

import pytest

from engine.reading import clean

LONG_SENTENCE = (
    "Schrijf je in voor 1 mei, anders kom je te laat, waarschuwt de universiteit in een brief aan "
    "alle eerstejaarsstudenten die nog geen keuze hebben gemaakt voor een opleiding en daarom nog "
    "nergens staan ingeschreven, zo meldt een woordvoerder van het college van bestuur vandaag."
)

SENTENCES = [
    # Dutch
    "Lees ook de kleine lettertjes voordat u tekent.",
    "Lees meer boeken, zegt de minister.",
    "Met video's op TikTok bereikt de partij jonge kiezers.",
    "Met videobeelden probeert de politie de daders te vinden.",
    "Volledig scherm kijken is bij de nieuwe app niet mogelijk, zegt Twitter.",
    "Deel dit jaar nog 3 miljoen euro uit, vroeg de raad.",
    "Reacties op het besluit lieten niet lang op zich wachten.",
    "Foto's van de ramp gingen de wereld over.",
    "Door Jan Jansen werd gisteren een nieuw record gevestigd op de 800 meter.",
    "Advertenties voor gokken worden verboden.",
    "Gepubliceerd in 1984 werd het boek pas dit jaar een succes.",
    "Bekijk ook hoe de rivier zich in tien jaar heeft verlegd.",
    LONG_SENTENCE,
    # Legal notices, prompts and lists inside sentences, several languages
    "All Rights Reserved, the first album of the band, sold a million copies by Friday.",
    "The band called its first album All Rights Reserved.",
    "The publisher stamped all rights reserved on the letters of the poet, her heirs say.",
    "Ihr erstes Album heißt Alle Rechte vorbehalten und erscheint am Freitag.",
    "Todos los derechos reservados por la ley deben respetarse, dijo el juez.",
    "Unsubscribe buttons must be easy to find, the regulator said on Monday.",
    "To unsubscribe from a service should take one click, the minister said.",
    "Subscribers to read-only services paid twice, the court found.",
    "Already a subscription costs more than a newspaper did ten years ago.",
    "Most popular of all was the ferry, which carried 3,000 people.",
    "Most read the letter only after the vote.",
    "Don't miss a vote again, the party told its members.",
    "About the author of the letter little is known.",
    "Afmelden kan tot vrijdag, zegt de gemeente.",
    "Uitschrijven bij de universiteit kost studenten geld.",
    "Over de auteur van de brief is weinig bekend.",
    "Über den Autor des Briefes ist wenig bekannt.",
    "Abbestellen lässt sich das Abo nur mit einem Brief, kritisiert der Verband.",
    "Nicht verpassen wollten das Spiel auch 3.000 Fans aus Leipzig.",
    "À ne pas manquer non plus, le concert de samedi soir sur la place.",
    "Se désabonner reste trop difficile, selon l'association.",
    "No te pierdas en la montaña, avisan los guías.",
    "Darse de baja cuesta demasiado, denuncian los usuarios.",
    "Da non perdere il concerto di sabato in piazza.",
    "Não perca tempo, disse o ministro aos deputados.",
    "Nie przegap okazji, mówi trener przed meczem z liderem.",
    "Отписаться от рассылки можно будет одним нажатием, сообщили в министерстве.",
    "Не пропустите срок подачи документов, предупредили в ведомстве.",
    "Об авторе письма известно мало.",
    "Про автора листа відомо мало.",
    "Missa inte tåget, varnar bolaget inför helgen.",
    "Om författaren till brevet vet man lite.",
    "Mest lest er boken blant unge, viser tallene.",
    "Kaçırmayın dediği maç pazar günü oynanacak.",
    "Unuttuğu şemsiyeyi almak için geri döndü.",
    # English
    "Read more books, the minister told pupils on Friday.",
    "Related companies must file one report.",
    "Watch what happens when the dam opens.",
    '"Read more," she said.',
    "By Monday Paris and London had agreed.",
    "By Friday the water had fallen.",
    "Photo exhibitions reopened on Tuesday.",
    "Photos show the damage to the harbour.",
    "Updated rules take effect on 1 May.",
    "Published in 2019, the report was ignored.",
    "Share prices rose on Thursday.",
    "Comments by the minister drew 300 complaints.",
    "Date 2023 marked the end of the lease.",
    "NATO - Die Alliance has no plan, critics said on Monday in a long letter to members.",
    "UNICEF - The children's fund - asked for 50 million dollars on Monday for the flooded region.",
    "VideoLAN released a new player for the television sets of three makers on Thursday morning.",
    "Amnesty International (AI) - a rights group - said the trial on Thursday had not been fair.",
    "Protesters in Paris (AFP reported 3,000) marched to the town hall on Saturday afternoon.",
    "If a < b and b > c, the test <3 fails & the AT&T line drops.",
    "The ship, the Reuters (UK), was towed to the port of Rotterdam on Sunday evening by two tugs.",
    "The post office appeared first on the list of closures.",
    "LIONS BEAT TIGERS, 20 - 13, and reach the final of the cup after a night of rain in Leeds.",
    "TWO MEN KILLED IN HIT - AND - RUN ACCIDENT on the road to the port late on Thursday.",
    "Advertisement spending fell by a tenth.",
    "The court ruled that all photos belong to the museum.",
    "Peter, 9 years - as old as the bridge itself - was the first to cross the river on Saturday.",
    "Anna Smith, 9 May - the day of the flood - is not a date that the people of the town forget.",
    # German
    "Lesen Sie auch nachts, fragt die Lehrerin ihre Schüler.",
    "Anzeige erstattete die Polizei gegen zwei Männer.",
    "Mit Videos wirbt die Stadt um Lehrer.",
    "Von Berlin nach Paris dauert die Fahrt acht Stunden.",
    "Foto und Film prägen die Ausstellung.",
    "Stand 2023 waren es noch 40 Betriebe.",
    "Werbung für Tabak wird verboten.",
    # French
    "Lire aussi vite que possible, voilà le défi.",
    "Partager sur les réseaux sociaux des images de guerre est un délit.",
    "Par Marseille passent chaque année deux millions de voyageurs.",
    "Publié en 1950, le roman paraît enfin en poche.",
    "Publicité et presse vont mal.",
    "Avec vidéo ou sans, l'arbitre décide seul.",
    # Spanish
    "Por Madrid pasaron ayer 30.000 ciclistas.",
    "Más información llegará el lunes, dijo el alcalde.",
    "Publicado en 2010, el libro se agotó.",
    "Ver más cine español es el objetivo.",
    "Comparte piso con dos estudiantes.",
    "Compartir en familia la mesa reduce el estrés.",
    # Italian
    "Di Maio e Salvini si sono incontrati a Roma.",
    "Leggi anche severe non fermano i furti.",
    "Abbonati a Netflix in calo per il terzo trimestre.",
    "Foto e lettere del poeta sono in mostra.",
    # Portuguese
    "Leia também os contos, recomenda a professora.",
    "Por São Paulo passam dez mil ônibus por dia.",
    "Publicidade infantil será proibida.",
    # Polish
    "Czytaj także nocą, radzi bibliotekarka.",
    "Reklama piwa zniknie z telewizji.",
    "Zobacz też, jak zmieniła się rzeka.",
    # Russian
    "Подробнее о планах министр расскажет в пятницу.",
    "Реклама табака запрещена с понедельника.",
    "Фото и видео с места аварии появились в сети.",
    "Источник: переговоры пройдут в Женеве.",
    "Видео аварии посмотрели миллион раз.",
    "Автор: я не верю в эту версию событий.",
    # Ukrainian
    "Читайте також вірші, радить учителька.",
    "Реклама алкоголю зникне з міста.",
    "Фото з місця аварії опублікувала поліція.",
    # Arabic
    "إعلان النتائج يتأخر إلى يوم الاثنين.",
    "صورة القمر نشرتها الوكالة اليوم.",
    "للمزيد من الأمان أغلقت الشرطة الجسر.",
    "فيديو الحادث شاهده مليون شخص.",
    # Chinese, Japanese, Korean
    "广告收入下降了三成。",
    "图书馆周一重新开放。",
    "记者在现场看到河水上涨。",
    "视频显示大桥已经倒塌。",
    "関連記事が多いと知事は話した。",
    "広告の売り上げが減った。",
    "광고 매출이 줄었다고 회사가 밝혔다.",
    # What stands alone as a button, in a sentence
    "Delen is het nieuwe bezitten.",
    "Reageer op dit artikel van de wet, vroeg de rechter.",
    "Teilen will der Verein das Haus nicht.",
    "Kommentieren wollte das Ministerium den Bericht nicht.",
    "Partager ses photos peut coûter cher.",
    "Réagir vite sauve des vies.",
    "Compartir coche gana adeptos.",
    "Condividi il pane, disse il vescovo.",
    "Compartilhar senhas é crime, decide tribunal.",
    "Udostępnij dom powodzianom, apeluje burmistrz.",
    "Поделиться опытом приехали врачи из Казани.",
    "Комментировать отставку министр отказался.",
    "分享经济增长放缓。",
    "シェアは三割に達した。",
    "공유 경제가 커지고 있다.",
    "Paylaş ve kazan kampanyası sona erdi.",
    "Dela lika, säger fackets ordförande.",
    "Del af broen er lukket.",
    "Jaa kokemuksesi, pyytää poliisi.",
    "İlgili haber ajanslara dün düştü.",
    "Live blog closed its doors after ten years.",
    # Turkish, Swedish, Danish, Finnish
    "Reklam gelirleri yüzde on düştü.",
    "Läs mer böcker, säger ministern.",
    "Av Stockholms skolor stänger tre.",
    "Foto och film lockar flest besökare.",
    "Les mer norsk, sier ministeren.",
    "Kuva levisi verkossa nopeasti.",
]

BEFORE = (
    "The first line of the article is long enough to be its lead, and it ends as such lines do."
)


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("place", ["alone", "first", "last"])
def test_a_sentence_that_looks_alike_stays(sentence, place):
    text = {"alone": sentence, "first": f"{sentence}\n{BEFORE}", "last": f"{BEFORE}\n{sentence}"}[
        place
    ]
    assert clean(text).text == text
    assert clean(text).cuts == ()

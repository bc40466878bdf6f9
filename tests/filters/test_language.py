import pytest

from filters.checks import get
from filters.checks.language import LANGUAGES, evidence
from filters.scripts import RANGES, prose
from warehouse.errors import BadInput

LANGUAGE = get("language")


def run(completion, language="en", **settings):
    return LANGUAGE.opinion({"completion": completion, "language": language}, None, LANGUAGE.defaults | settings)


SPOKEN = {
    "en": "Wait, let me check that again. The triangle has two equal sides, so the answer is seven.",
    "de": "Moment, das prüfe ich noch einmal. Das Dreieck hat zwei gleiche Seiten, also ist die Antwort sieben.",
    "fr": "Attends, je vérifie encore une fois. Le triangle a deux côtés égaux, donc la réponse est sept.",
    "es": "Espera, lo compruebo otra vez. El triángulo tiene dos lados iguales, entonces la respuesta es siete.",
    "pt": "Espera, vou verificar outra vez. O triângulo tem dois lados iguais, então a resposta é sete.",
    "it": "Aspetta, controllo di nuovo. Il triangolo ha due lati uguali, quindi la risposta è sette.",
    "nl": "Wacht, ik controleer het nog eens. De driehoek heeft twee gelijke zijden, dus het antwoord is zeven.",
    "pl": "Poczekaj, sprawdzę to jeszcze raz. Trójkąt ma dwa równe boki, więc odpowiedź to siedem.",
    "tr": "Bekle, tekrar kontrol edeyim. Üçgenin iki kenarı eşittir, yani cevap yedi.",
    "vi": "Đợi đã, để tôi kiểm tra lại. Tam giác có hai cạnh bằng nhau, vậy đáp án là bảy.",
    "id": "Tunggu, saya periksa lagi. Segitiga itu memiliki dua sisi yang sama, jadi jawabannya adalah tujuh.",
    "ru": "Подожди, проверю ещё раз. У треугольника две равные стороны, значит, ответ семь.",
    "uk": "Зачекай, перевірю ще раз. Трикутник має дві рівні сторони, отже, відповідь сім.",
    "zh": "等等，让我再检查一遍。这个三角形有两条边相等，所以答案是七。",
    "ja": "待って、もう一度確認します。この三角形は二つの辺が等しいので、答えは七です。",
    "ko": "잠깐, 다시 확인해 보겠습니다. 이 삼각형은 두 변이 같으므로 답은 칠입니다.",
    "ar": "انتظر، دعني أتحقق مرة أخرى. للمثلث ضلعان متساويان، إذن الجواب سبعة.",
    "fa": "صبر کن، دوباره بررسی می‌کنم. این مثلث دو ضلع برابر دارد، پس جواب هفت است.",
    "hi": "रुको, मुझे फिर से जाँचने दो। त्रिभुज की दो भुजाएँ समान हैं, इसलिए उत्तर सात है।",
    "el": "Περίμενε, να το ελέγξω ξανά. Το τρίγωνο έχει δύο ίσες πλευρές, άρα η απάντηση είναι επτά.",
    "he": "רגע, אבדוק שוב. למשולש שתי צלעות שוות, לכן התשובה היא שבע.",
    "th": "เดี๋ยวก่อน ขอตรวจสอบอีกครั้ง สามเหลี่ยมมีสองด้านเท่ากัน ดังนั้นคำตอบคือเจ็ด",
    "bn": "দাঁড়াও, আবার পরীক্ষা করি। ত্রিভুজটির দুটি বাহু সমান, তাই উত্তর সাত।",
    "ta": "பொறு, மீண்டும் சரிபார்க்கிறேன். முக்கோணத்தின் இரண்டு பக்கங்கள் சமம், எனவே விடை ஏழு.",
    "ka": "მოიცა, კიდევ ერთხელ შევამოწმებ. სამკუთხედს ორი ტოლი გვერდი აქვს, ამიტომ პასუხია შვიდი.",
    "hy": "Սպասիր, նորից ստուգեմ։ Եռանկյունն ունի երկու հավասար կողմ, ուրեմն պատասխանը յոթն է։",
}


@pytest.mark.parametrize("said", SPOKEN)
def test_a_text_is_of_its_own_language_and_of_no_other(said):
    assert run(f"<think>{SPOKEN[said]}</think>{SPOKEN[said]}", said).score == 1.0
    for wanted in SPOKEN.keys() - {said}:
        found = run(f"<think>{SPOKEN[said]}</think>7", wanted)
        assert (found.outcome, found.reason, found.score) == ("fail", "mixed", 0.0), wanted


def test_half_english_half_chinese_is_half_of_each():
    mixed = "We need to find the sum of the digits 我们需要计算这些数字的和，然后再除以二"
    assert evidence(mixed, "en") == {"en": 9, "zh": 9}
    assert evidence(mixed, "zh") == {"Latin": 9, "zh": 9}
    assert 0.4 < run(f"<think>{mixed}</think>7").score < 0.6
    assert 0.4 < run(f"<think>{mixed}</think>7", "zh").score < 0.6


def test_half_english_half_german_is_about_half():
    mixed = f"<think>{SPOKEN['en']}\n{SPOKEN['de']}</think>7"
    assert 0.4 < run(mixed, "en").score < 0.6
    assert 0.4 < run(mixed, "de").score < 0.6
    assert run(mixed, "en", at_least=0.3).outcome == "pass"


def test_thinking_and_response_are_told_apart():
    trace = f"<think>{SPOKEN['en']}</think>{SPOKEN['zh']}"
    found = run(trace)
    assert found.detail["shares"] == {"thinking": 1.0, "response": 0.0}
    assert found.detail["others"] == {"zh": 13.0}
    assert run(trace, of="thinking").score == 1.0
    assert run(trace, of="response").score == 0.0
    assert run(f"<think>{SPOKEN['zh']}").detail["shares"] == {"thinking": 0.0, "response": None}
    assert run(SPOKEN["en"]).detail["shares"] == {"thinking": None, "response": 1.0}


NOT_ENGLISH = "überprüfe das noch einmal und zwar ganz genau weil es falsch ist"


@pytest.mark.parametrize(
    "left_out",
    [
        f"```python\n# {NOT_ENGLISH}\nprint('再检查一遍')\n```",
        f"```\n{NOT_ENGLISH}",
        f"`{NOT_ENGLISH}`",
        "$x_{\\text{再检查}} + 1$",
        f"$$\n{NOT_ENGLISH}\n$$",
        f"\\( {NOT_ENGLISH} \\)",
        f"\\[ {NOT_ENGLISH} \\]",
        f"\\begin{{align}} \\begin{{cases}} {NOT_ENGLISH} \\end{{cases}} {NOT_ENGLISH} \\end{{align}}",
        "https://example.org/再检查一遍 www.example.org/noch-einmal",
        "noch.einmal+genau@example.org",
        "x_1 noch_einmal noch2 nochEinmal ABC GCD y z",
        "α β π Δ λ αβ ΔABC",
        "3.14 * 2 = 6.28 ± ∞ → ℝ 𝑥 😀",
    ],
)
def test_code_formulas_links_and_names_are_no_words(left_out):
    found = run(f"<think>{SPOKEN['en']}</think>{left_out}")
    assert (found.score, found.detail["shares"]["response"]) == (1.0, None)
    found = run(f"<think>{SPOKEN['zh']}</think>{left_out}", "zh")
    assert (found.score, found.detail["shares"]["response"]) == (1.0, None)


@pytest.mark.parametrize(
    "trace",
    [
        "",
        "7",
        "<think></think>",
        "<think>$x^2$</think>7",
        "<think>x = 3</think>4",
        "<think>ok</think>",
        "\ud800\0\ufffd",
    ],
)
@pytest.mark.parametrize("language", ["en", "zh", "ru", "ja"])
def test_without_words_it_is_undecided(trace, language):
    found = run(trace, language)
    assert (found.outcome, found.reason, found.score) == ("undecided", "no_words", None)


def test_names_and_terms_in_another_script_are_no_mixing_and_sentences_are():
    assert run("<think>Alice有5个苹果，用Python计算，Big Ben有3个。</think>8", "zh").score == 1.0
    assert run("<think>设它为3，let me think about it，所以答案是9。</think>9", "zh").outcome == "fail"


def test_english_in_short_lines_is_no_chinese():
    lines = "<think>Wait,\nok.\nTry 12 / 10: no.\nYes!</think>4"
    assert run(lines, "zh").score == 0.0
    assert run(lines, "en").score == 1.0


@pytest.mark.parametrize(
    ("trace", "score"),
    [
        ("I need 44. Try 12 / 10 = 2, wait, 12 / 10 = 2: 22 - 2 = 20 no, 2 * 22 = 44 yes!", 1.0),
        ("46/54. Try 2: 23/27. Try 2: no. Try 3: no. Nothing else divides both.", 1.0),
        ("目标是19。试试16 * 16 = 256：256 + 22 = 266不对，256 - 22 = 9不对。", 0.0),
    ],
)
def test_what_the_nano_teacher_writes_is_told_apart(trace, score):
    assert run(f"<think>\n{trace}\n</think>\n\n(16 + 1) * 5").score == score


def test_a_japanese_text_may_hold_lines_without_kana():
    assert run("<think>まず、数字の合計を計算します。\n解答\n合計七</think>", "ja").score == 1.0
    assert run("<think>首先，计算这些数字的和。\n解答</think>", "ja").score == 0.0
    assert run("<think>这是名侦探の故事，我们先计算这些数字的总和。</think>", "zh").score == 1.0


@pytest.mark.parametrize("name", ["zh-CN", "ZH_tw", "cmn", " zh"])
def test_a_language_may_be_written_in_several_ways(name):
    found = run(SPOKEN["zh"], name)
    assert (found.outcome, found.detail.get("target")) == (("pass", "zh") if name != " zh" else ("undecided", None))


@pytest.mark.parametrize("name", [None, "", "klingon", "x", 7])
def test_an_unknown_language_is_undecided_and_as_a_setting_it_is_bad_input(name):
    assert run(SPOKEN["en"], name).reason == "unknown_language"
    if name:
        with pytest.raises(BadInput, match=r"target is .*; expected one of .*zh"):
            run(SPOKEN["en"], target=name)


def test_a_setting_overrules_the_language_of_the_problem():
    assert run(SPOKEN["zh"], "en", target="zh").score == 1.0
    assert run(SPOKEN["zh"], None, target="zh").score == 1.0
    with pytest.raises(BadInput, match="of is 'thoughts'; expected all, thinking or response"):
        run(SPOKEN["zh"], of="thoughts")


def test_every_language_has_a_script_and_the_detector_knows_it_where_it_is_asked():
    from filters.checks.language import WIDESPREAD, identifier

    assert set(LANGUAGES.values()) <= set(RANGES)
    asked = {code for code, script in LANGUAGES.items() if script in WIDESPREAD}
    assert asked <= set(identifier().labels)


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "a.",
        "$",
        "$a ",
        "$$a ",
        "\\(",
        "\\begin{a}",
        "`a",
        "```",
        "<a",
        "a@",
        "aB",
        "a1",
        "a'",
        "ก",
        "\ud800",
        "no ",
    ],
)
def test_long_junk_is_judged(unit):
    assert run(unit * (200_000 // len(unit))).reason in ("no_words", "mixed")


def test_a_megabyte_is_judged():
    assert run("汉" * 10**6, "zh").score == 1.0
    assert run(SPOKEN["en"] * 10**4).score == 1.0


def test_in_a_long_text_an_even_share_is_asked_about():
    found = run("\n".join([SPOKEN["en"], SPOKEN["de"]] * 3000))
    assert 0.4 < found.score < 0.6


def test_what_is_left_of_a_text_keeps_its_order():
    assert prose("one `two` three ```four``` five $6$ seven").split() == ["one", "three", "five", "seven"]
    assert prose("one\n```python\ntwo ``` two\n```\nthree ``` four").split() == ["one", "three", "`", "four"]
    assert prose("it costs $5 and $6, or \\( a").split() == ["it", "costs", "$5", "and", "$6,", "or", "\\(", "a"]

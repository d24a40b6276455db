"""Keys under which the ways to write one name are equal: folded, typed, by initials, by sound.

Hangul is taken apart by Unicode's own decomposition (NFD; Unicode 15, section 3.12).
The sound key is no romanisation: it is coarser than every system in use, so that
Revised Romanisation, McCune-Reischauer and what people put on their cards meet.
"""

from __future__ import annotations

import functools
import re
import unicodedata

__all__ = ["PARTICLES", "fold", "initials", "pattern", "sound", "stems", "strokes"]

_LEADS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_TAILS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_TWO = """
ㅘㅗㅏ ㅙㅗㅐ ㅚㅗㅣ ㅝㅜㅓ ㅞㅜㅔ ㅟㅜㅣ ㅢㅡㅣ
ㄳㄱㅅ ㄵㄴㅈ ㄶㄴㅎ ㄺㄹㄱ ㄻㄹㅁ ㄼㄹㅂ ㄽㄹㅅ ㄾㄹㅌ ㄿㄹㅍ ㅀㄹㅎ ㅄㅂㅅ
"""
_KEYS = {letter[0]: letter[1:] for letter in _TWO.split()}
"""What takes two keys on the usual (two-set) keyboard, KS X 5002."""

_JOINED = {ord(two): keys for two, keys in _KEYS.items() if keys[0] not in "ㅗㅜㅡ"}
"""Of two initial consonants the keyboard makes a final one where it can: ㅂㅅ becomes ㅄ."""

_JAMO = {
    **{0x1100 + n: letter for n, letter in enumerate(_LEADS)},
    **{0x1161 + n: "".join(_KEYS.get(letter, letter)) for n, letter in enumerate(_VOWELS)},
    **{0x11A7 + n: _KEYS.get(letter, letter) for n, letter in enumerate(_TAILS)},
}
_FIRST, _LAST, _BLOCK = 0xAC00, 0xD7A3, 588
"""The first and last syllable, and how many of them share an initial consonant."""

PARTICLES = """
은 는 이 가 을 를 의 에 와 과 도 로 만 께 씨 님 나 랑 란 으로 에서 에게 께서 한테 부터 까지 처럼
보다 라는 이란 이나 이랑 하고 에는 에도 과의 와의 로서 이며 이라는 에서는 에서도 으로서
"""
"""What Korean puts behind a noun, with spaces between."""


def fold(text: str) -> str:
    """Return letters and digits alone, with case, width, Unicode form and spacing set aside.

    >>> fold("ＬＧ AI 연구원"), fold("U+ (유플러스)")
    ('lgai연구원', 'u유플러스')
    """
    if text.isascii():  # ten times faster, and most names in most graphs
        return "".join(filter(str.isalnum, text.lower()))
    plain = unicodedata.normalize("NFKC", text.translate(_JOINED)).casefold()
    bare = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", bare)))


def strokes(folded: str) -> str:
    """Return a folded text as the letters typed for it, so that what is half typed is a prefix.

    >>> strokes("이호"), strokes("이홍락").startswith(strokes("이호"))
    ('ㅇㅣㅎㅗ', True)
    """
    return unicodedata.normalize("NFD", folded).translate(_JAMO)


def initials(folded: str) -> str:
    """Return a folded text with each syllable as its initial consonant.

    >>> initials("lg전자")
    'lgㅈㅈ'
    """
    return "".join(
        _LEADS[(ord(c) - _FIRST) // _BLOCK] if _FIRST <= ord(c) <= _LAST else c for c in folded
    )


def pattern(folded: str) -> str:
    """Return a regular expression for names that `folded` abbreviates, or ``""`` if it does not.

    A consonant alone stands for every syllable that begins with it, and a last
    syllable without a final consonant for those that have one.

    >>> bool(re.fullmatch(pattern(fold("ㅇ홍락")), "이홍락")), pattern("이홍락")
    (True, '')
    """
    parts, abbreviated = [], False
    for character in folded:
        letter = _JAMO.get(ord(character), "")
        if len(letter) == 1 and letter in _LEADS:
            first = _FIRST + _LEADS.index(letter) * _BLOCK
            parts.append(f"[{chr(first)}-{chr(first + _BLOCK - 1)}]")
            abbreviated = True
        else:
            parts.append(re.escape(character))
    last = ord(folded[-1]) if folded else 0
    if _FIRST <= last <= _LAST and (last - _FIRST) % len(_TAILS) == 0:  # its final may come yet
        parts[-1] = f"[{chr(last)}-{chr(last + len(_TAILS) - 1)}]"
    return "".join(parts) if abbreviated else ""


def stems(text: str) -> list[str]:
    """Return a text without the particles at the ends of its Korean words; longest cut last.

    >>> stems("서울대와"), stems("연구원에서는"), stems("LG")
    (['서울대'], ['연구원에서', '연구원'], [])
    """
    words = unicodedata.normalize("NFKC", text).split()
    found: dict[int, str] = {}
    for particle in sorted(PARTICLES.split(), key=len, reverse=True):
        cut = [_without(word, particle) for word in words]
        if cut != words:
            found.setdefault(len(" ".join(cut)), " ".join(cut))
    return [found[length] for length in sorted(found, reverse=True)]


def _without(word: str, particle: str) -> str:
    stem = word.removesuffix(particle)
    return stem if len(stem) > 1 else word


# -- by sound ----------------------------------------------------------------

_SOUNDS = (
    "k k n t t r m p p s s _ j j j k t p h",
    "a e ya ye o e yo ye o wa e e yo o o e i yo o i i",
    "_ k k k n n n t r k m p r t p r m p p t t ng t t k t p t",
)
"""Of the letters in Unicode's order; ``_`` is silent."""
_LEAD_SOUNDS, _VOWEL_SOUNDS, _TAIL_SOUNDS = (letters.split() for letters in _SOUNDS)

_CUSTOMS = (
    ("i", "lee yi i rhee ri li yee rhie"),
    ("pak", "park pak bak bark"),
    ("jong", "jeong jung chung cheong jong chong"),
    ("je", "choi choe choy"),
    ("no", "noh roh no ro"),
    ("im", "lim im rim yim"),
    ("yo", "yoo yu ryu you ryoo"),
    ("o", "oh o"),
    ("an", "ahn an"),
)
_SURNAMES = {spelling: key for key, spellings in _CUSTOMS for spelling in spellings.split()}
"""Where custom and every system part."""

_LATIN = [
    (re.compile(old), new)
    for old, new in (
        (r"ck|gg|kk|q|g|c(?=[aoukrl])", "k"),
        (r"tch|ts|ch|jj|zh|zz|z|c", "j"),
        (r"ph|bb|pp|b|f|v", "p"),
        (r"th|dd|tt|d", "t"),
        (r"sh|ss|x", "s"),
        (r"ll|rr|l", "r"),
        (r"nk(?=$|[^aeiouwy])", "ng"),
        (r"y?eoo|yeo|you|yoo|yu|iu", "yo"),
        (r"yae|yai", "ye"),
        (r"wae|woi|oe|oi|wei|we", "e"),
        (r"ae|ai|ay|ei|ey|eh", "e"),
        (r"eui|ui|wi|ee|ea|ie|(?<=[^aeo])y(?![aeo])", "i"),
        (r"eo|eu|oo|ou|uh|oh|wo|u|ow", "o"),
        (r"ah", "a"),
        (r"([a-z])\1+", r"\1"),
    )
]


def sound(text: str) -> str:
    """Return how a name sounds, roughly: one key for all usual spellings of a Korean name.

    >>> {sound(name) for name in ("이홍락", "Lee Honglak", "Yi Hong-rak", "I Hongrak")}
    {'ihongrak'}
    >>> sound("배경훈") == sound("Bae Gyeonghun") == sound("Pae Kyung-hoon")
    True
    """
    plain = unicodedata.normalize("NFKC", text).casefold().replace("-", "")
    words = re.findall(r"[^\W_]+", plain)
    return "".join(map(_sound, words))


@functools.lru_cache(maxsize=65536)
def _sound(word: str) -> str:
    if word in _SURNAMES:
        return _SURNAMES[word]
    pieces = re.split(r"([가-힣]+)", word)
    return "".join(_spoken(each) if n % 2 else _spelt(each) for n, each in enumerate(pieces))


def _spoken(syllables: str) -> str:
    sounds = []
    for syllable in syllables:
        lead, rest = divmod(ord(syllable) - _FIRST, _BLOCK)
        vowel, tail = divmod(rest, len(_TAIL_SOUNDS))
        sounds += [_LEAD_SOUNDS[lead], _VOWEL_SOUNDS[vowel], _TAIL_SOUNDS[tail]]
    return re.sub(r"(.)\1+", r"\1", "".join(sounds).replace("_", ""))


def _spelt(latin: str) -> str:
    plain = unicodedata.normalize("NFKD", latin)
    word = "".join(c for c in plain if "a" <= c <= "z" or c.isdecimal())
    guarded = re.sub(r"ng(?=$|[^aeiouwy])", "N", word)
    for old, new in _LATIN:
        guarded = old.sub(new, guarded)
    return guarded.replace("N", "ng")

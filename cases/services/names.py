"""Whether two names may be one: written in other letters, by another ear, or short.

Names are compared in memory and never indexed or stored in another form.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

import jellyfish

ALIKE: Final = 0.9
"""Jaro-Winkler similarity from which two words are one name heard twice. Portal default."""
SHORTEST: Final = 3
"""Letters of a word that says something; a shorter one is an initial."""

_PAIRS: Final = (
    # Cyrillic
    "а=a б=b в=v г=g ґ=g д=d е=e ё=e є=e ж=zh з=z и=i і=i ї=i й=i ј=i к=k л=l љ=li м=m н=n њ=ni о=o п=p р=r "
    "с=s т=t ћ=c у=u ў=u ф=f х=h ц=ts ч=ch џ=dzh ш=sh щ=sh ъ= ы=i ь= э=e ю=iu я=ia ђ=d "
    # Greek
    "α=a β=v γ=g δ=d ε=e ζ=z η=i θ=th ι=i κ=k λ=l μ=m ν=n ξ=x ο=o π=p ρ=r σ=s ς=s τ=t υ=i φ=f χ=h ψ=ps ω=o "
    # Arabic and Persian
    "ا=a أ=a إ=i آ=a ب=b پ=p ت=t ث=th ج=j چ=ch ح=h خ=kh د=d ذ=d ر=r ز=z ژ=zh س=s ش=sh ص=s ض=d ط=t ظ=z ع=a "
    "غ=g ف=f ق=k ك=k ک=k گ=g ل=l م=m ن=n ه=h ة=a و=w ي=y ی=y ى=a ئ=y ؤ=w ء= "
    # Georgian
    "ა=a ბ=b გ=g დ=d ე=e ვ=v ზ=z თ=t ი=i კ=k ლ=l მ=m ნ=n ო=o პ=p ჟ=zh რ=r ს=s ტ=t უ=u ფ=f ქ=k ღ=g ყ=k შ=sh "
    "ჩ=ch ც=ts ძ=dz წ=ts ჭ=ch ხ=kh ჯ=j ჰ=h "
    # Latin letters that lose no mark when taken apart
    "ß=ss ø=o æ=a œ=o ł=l đ=d ð=d þ=th ı=i ə=a"
)
LETTERS: Final = {pair.partition("=")[0]: pair.partition("=")[2] for pair in _PAIRS.split()}
_MARKED: Final = {"å": "o", "ä": "e", "ö": "o", "ü": "u", "й": "i", "ё": "e", "ї": "i"}
_SOUNDS: Final = (
    ("tsch", "ch"), ("sch", "sh"), ("tch", "ch"), ("ck", "k"), ("kh", "h"), ("gh", "g"), ("ph", "f"),
    ("th", "t"), ("zh", "sh"), ("zj", "sh"), ("dz", "z"), ("cz", "ch"), ("sz", "sh"), ("q", "k"), ("x", "ks"),
    ("ce", "se"), ("ci", "si"), ("w", "v"), ("y", "i"), ("j", "i"), ("ou", "u"), ("oo", "u"), ("ee", "i"),
)  # fmt: skip
_VOWELS: Final = re.compile(r"[aeiou]")


def words(name: str) -> list[str]:
    """The words of a name in plain letters, as they sound: "Nadja Č." → ["nadia", "c"]."""
    return [folded for word in re.split(r"[\W\d_]+", name) if (folded := _fold(word))]


def _fold(word: str) -> str:
    plain = []
    for char in unicodedata.normalize("NFC", word).casefold():
        if char in LETTERS:
            plain.append(LETTERS[char])
            continue
        base = unicodedata.normalize("NFKD", _MARKED.get(char, char))
        plain += [LETTERS.get(part, part) for part in base if not unicodedata.combining(part)]
    text = "".join(plain)
    for written, sound in _SOUNDS:
        text = text.replace(written, sound)
    return re.sub(r"ch(?=[^aeiou]|$)|c(?!h)", lambda m: "k" if m[0] == "c" else m[0], _single(text))


def _single(text: str) -> str:
    """Doubled letters once: Anna and Ana sound the same."""
    return re.sub(r"(.)\1+", r"\1", text)


def sounds_alike(one: str, other: str) -> bool:
    """Two folded words. A script that writes no vowels is compared by its consonants."""
    if len(one) < SHORTEST or len(other) < SHORTEST:
        return False
    if one == other or jellyfish.jaro_winkler_similarity(one, other) >= ALIKE:
        return True
    heard = jellyfish.metaphone(one) == jellyfish.metaphone(other)
    if heard and one[0] == other[0] and abs(len(one) - len(other)) <= 2:
        return True
    bones = [_VOWELS.sub("", word) for word in (one, other)]
    return bones[0] == bones[1] and len(bones[0]) >= SHORTEST


def alike(ours: Iterable[str], theirs: Iterable[str]) -> bool:
    """Whether any name or alias of the one sounds like any of the other."""
    others = [word for name in theirs for word in words(name)]
    return any(sounds_alike(word, other) for name in ours for word in words(name) for other in others)

"""What somebody meant who typed with the other keyboard layout switched on.

People of the network switch between a Latin and a Cyrillic layout all day and forget to: "nbp" is
тиз on the keys of ЙЦУКЕН, and "ешя" is tiz on those of QWERTY.
"""

_LATIN = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
_RUSSIAN = "ёйцукенгшщзхъфывапролджэячсмитьбю"
_KAZAKH_KEYS = {"2": "ә", "3": "і", "4": "ң", "5": "ғ", "8": "ү", "9": "ұ", "0": "қ", "-": "ө"}
"""The letters that the Kazakh layout adds, on the row of digits."""

_TO_CYRILLIC = str.maketrans(_LATIN, _RUSSIAN)
_TO_KAZAKH = str.maketrans(_LATIN, _RUSSIAN) | str.maketrans(
    "".join(_KAZAKH_KEYS), "".join(_KAZAKH_KEYS.values())
)
_TO_LATIN = str.maketrans(_RUSSIAN, _LATIN) | str.maketrans(
    "".join(_KAZAKH_KEYS.values()), "".join(_KAZAKH_KEYS)
)
# The layouts of Turkish and Azerbaijani put their own letters where QWERTY has signs.
_TO_TURKISH = _TO_LATIN | str.maketrans("хъжэбю", "ğüşiöç")


def retyped(text: str) -> list[str]:
    """Return what the same keys write in the other layouts, the likeliest first; mostly nothing.

    A text in two scripts was typed with both layouts on purpose.
    """
    lowered = text.lower()
    latin = any("a" <= char <= "z" for char in lowered)
    cyrillic = any("Ѐ" <= char <= "ӿ" for char in lowered)
    if latin == cyrillic:
        return []
    tables = (_TO_CYRILLIC, _TO_KAZAKH) if latin else (_TO_LATIN, _TO_TURKISH)
    return list(dict.fromkeys(lowered.translate(table) for table in tables))

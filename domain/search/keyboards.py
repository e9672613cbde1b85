"""What somebody meant who typed with the wrong keyboard layout, or with one that lacks letters.

People of the network switch between a Latin and a Cyrillic layout all day and forget to: "nbp" is
тиз on the keys of ЙЦУКЕН, and "ешя" is tiz on those of QWERTY.
"""

_LATIN = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
_RUSSIAN = "ёйцукенгшщзхъфывапролджэячсмитьбю"
_KAZAKH_KEYS = {"2": "ә", "3": "і", "4": "ң", "5": "ғ", "8": "ү", "9": "ұ", "0": "қ", "-": "ө"}
"""The letters that the Kazakh layout adds, on the row of digits."""
_UZBEK_KEYS = {"o": "ў", "s": "қ", "-": "ғ", "=": "ҳ"}
"""The letters that the Uzbek layout has where the Russian one has others or none."""

_SHIFTED = str.maketrans('~{}:"<>@#$%*()_+', "`[];',.2345890-=")
"""The keys of what shift makes a sign on a Latin layout and a capital letter on a Cyrillic one."""

_TO_CYRILLIC = str.maketrans(_LATIN, _RUSSIAN)
_TO_KAZAKH = _TO_CYRILLIC | str.maketrans(_KAZAKH_KEYS)
_TO_UZBEK = _TO_CYRILLIC | str.maketrans(_UZBEK_KEYS)
_CYRILLIC_LAYOUTS = (_TO_CYRILLIC, _TO_KAZAKH, _TO_UZBEK)

_TO_LATIN = str.maketrans(_RUSSIAN, _LATIN) | str.maketrans(
    "".join(_KAZAKH_KEYS.values()), "".join(_KAZAKH_KEYS)
)
_FROM_UZBEK = _TO_LATIN | str.maketrans("".join(_UZBEK_KEYS.values()), "".join(_UZBEK_KEYS))
# National layouts put letters of their own where QWERTY has signs, and some move others.
_TO_TURKISH = _TO_LATIN | str.maketrans("хъжэбю", "ğüşiöç")
_TO_AZERBAIJANI = _TO_LATIN | str.maketrans("цхъжэбю", "üöğıəçş")
_TO_TURKMEN = _TO_LATIN | str.maketrans("йхъчсмё\\", "äňöüçýžş")
_TO_HUNGARIAN = _TO_LATIN | str.maketrans("хъжэня\\-=", "őúéázyűüó")
_LATIN_LAYOUTS = (
    _TO_LATIN, _TO_TURKISH, _TO_AZERBAIJANI, _TO_TURKMEN, _TO_HUNGARIAN, _FROM_UZBEK
)  # fmt: skip


def retyped(text: str) -> list[str]:
    """Return what the same keys write in the other layouts, the likeliest first; mostly nothing.

    A text in two scripts was typed with both layouts on purpose.
    """
    lowered = text.lower()
    latin = any("a" <= char <= "z" for char in lowered)
    cyrillic = any("Ѐ" <= char <= "ӿ" for char in lowered)
    if latin == cyrillic:
        return []
    if latin:
        lowered = lowered.translate(_SHIFTED)
    tables = _CYRILLIC_LAYOUTS if latin else _LATIN_LAYOUTS
    return list(dict.fromkeys(lowered.translate(table) for table in tables))


def completed(text: str) -> list[str]:
    """Return what is meant on a Russian layout in Uzbek, where у stands for ў; mostly nothing.

    The folding brings the other missing letters back by itself.
    """
    lowered = text.lower()
    return [lowered.replace("у", "ў")] if "у" in lowered else []

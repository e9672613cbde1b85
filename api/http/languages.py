"""Which of the network's languages a request speaks of."""

from domain.jurisdictions import LANGUAGES

# Spellings that browsers and BCP 47 tools send for what we call by another tag.
_ALIASES = {"uz-latn": "uz", "kk-cyrl": "kk", "az-latn": "az", "ky-cyrl": "ky", "tk-latn": "tk"}
_TAGS = {tag.lower(): tag for tag in LANGUAGES}


def known_tag(text: str) -> str | None:
    """Return our tag for a BCP 47 tag as browsers spell it, or None for one we do not speak."""
    wanted = text.strip().replace("_", "-").lower()
    while wanted:
        wanted = _ALIASES.get(wanted, wanted)
        if wanted in _TAGS:
            return _TAGS[wanted]
        wanted = wanted.rpartition("-")[0]
    return None


def accepted_tags(header: str) -> list[str]:
    """Return our tags for what an Accept-Language header wants, best first (RFC 9110, 12.5.4)."""
    ranked: list[tuple[float, int, str]] = []
    for place, part in enumerate(header[:500].split(",")):
        text, _, quality = part.replace(" ", "").partition(";q=")
        try:
            share = float(quality or 1)
        except ValueError:
            continue
        if share > 0 and (tag := known_tag(text)):
            ranked.append((-share, place, tag))
    return [tag for _, _, tag in sorted(ranked)]

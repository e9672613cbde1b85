"""Which codes make an entry sensitive: a small, curated table, widened by what the source says.

Codes of SNOMED CT, ICD-10, LOINC and ATC; entries without codes carry only the labels that their
source set in `meta.security` (HL7 v3 ActCode).
"""

from collections.abc import Iterable

from domain.consents.types import Category, Label

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
ATC = "http://www.whocc.no/atc"
ICD10 = frozenset(
    {
        "http://hl7.org/fhir/sid/icd-10",
        "http://hl7.org/fhir/sid/icd-10-cm",
        "urn:oid:2.16.840.1.113883.6.3",
        "urn:oid:2.16.840.1.113883.6.90",
    }
)
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"

_SOURCE_SAYS = {
    "PSY": Label.PSYCHIATRY,
    "PSYTHPN": Label.PSYCHIATRY,
    "MH": Label.PSYCHIATRY,
    "BH": Label.PSYCHIATRY,
    "ETH": Label.SUBSTANCE_USE,
    "ETHUD": Label.SUBSTANCE_USE,
    "OPIOIDUD": Label.SUBSTANCE_USE,
    "SUD": Label.SUBSTANCE_USE,
    "SDV": Label.VIOLENCE,
    "HIV": Label.HIV,
    "SEX": Label.REPRODUCTION,
    "GDIS": Label.REPRODUCTION,
    "PREGNANT": Label.REPRODUCTION,
}

_EXACT: dict[Label, dict[str, str]] = {
    Label.HIV: {
        SNOMED: "86406008 62479008 165816005 91947003 91948008 48794007 31676001 171121004"
        " 315124004",
        LOINC: "75622-1 7917-8 7918-6 56888-1 89365-1 25836-8 20447-9 48345-3 31201-7 29893-5"
        " 5221-7 68961-2 62469-2",
    },
    Label.PSYCHIATRY: {
        SNOMED: "74732009 35489007 370143000 36923009 66344007 310495003 310496002 310497006"
        " 58214004 13746004 197480006 48694002 21897009 371631005 47505003 191736004 72366004"
        " 17226007 406506008 408856003 80583007 73595000 171207006 710841007 715252007 225337009"
        " 6471006 82313006 44376007",
        LOINC: "44249-1 44261-6 55757-9 55758-7 69737-5 70274-6 69725-0 73831-0 73832-8 89204-2"
        " 71354-5",
    },
    Label.SUBSTANCE_USE: {
        SNOMED: "7200002 66590003 15167005 10939881000119105 5602001 6525002 26416006 55680006"
        " 75544000 191816009 145121000119106 428211000124100 713106006 763302001",
        LOINC: "75626-2 75624-7 72109-2 68518-0 68519-8 68520-6 82667-7 82666-9 5643-2",
    },
    Label.VIOLENCE: {
        SNOMED: "706893006 424393004 248110007 397940009 242039002 866148006",
        LOINC: "76499-3 76500-8 76501-6 76502-4 76503-2 76504-0",
    },
    Label.REPRODUCTION: {
        SNOMED: "77386006 72892002 127364007 47200007 65147003 237240001 58532003 60001007"
        " 19169002 17369002 34801009 79586000 57797005 386394001 386639001 714812005 10383002"
        " 161744009 398254007 15938005 11687002 8619003 65200003 46706006 1263416007 68254000"
        " 169553002 301807007 755621000000101 287664005 22633006 169230002 225158009 252160004"
        " 271442007 443529005 274804006",
        LOINC: "82810-3 11996-6 11977-6 11612-9 11613-7 11614-5 11778-8 11884-2 2106-3 2110-5"
        " 19080-1 21198-7 8665-2 86645-9",
    },
    Label.ORIGIN: {LOINC: "32624-9 42784-9 69490-1 56051-6 46463-6"},
}

_PREFIXES: dict[Label, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # ICD-10 chapters and blocks; ATC groups.
    Label.HIV: (
        ("B20", "B21", "B22", "B23", "B24", "Z21", "R75", "O98.7"),
        ("J05AE", "J05AF", "J05AG", "J05AJ", "J05AR"),
    ),
    Label.PSYCHIATRY: (
        ("F0", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "X6", "X7", "X80", "X81", "R45.8"),
        ("N05A", "N06A", "N05BE"),
    ),
    Label.SUBSTANCE_USE: (("F1", "Z50.2", "Z50.3", "Z71.4", "Z71.5", "K70"), ("N07BB", "N07BC")),
    Label.VIOLENCE: (("T74", "Y05", "Y06", "Y07", "X85", "Z61.4", "Z61.5", "Z61.6"), ()),
    Label.REPRODUCTION: (
        ("O", "Z30", "Z31", "Z32", "Z33", "Z34", "Z35", "Z36", "Z37", "Z39", "N97", "N46", "N96"),
        ("G03A", "G03G", "G02A", "G02B"),
    ),
    Label.ORIGIN: ((), ()),
}

_BY_CODE: dict[tuple[str, str], frozenset[Label]] = {}
for _label, _systems in _EXACT.items():
    for _system, _codes in _systems.items():
        for _code in _codes.split():
            _key = (_system, _code)
            _BY_CODE[_key] = _BY_CODE.get(_key, frozenset()) | {_label}


def labels_of(
    category: Category | None,
    codings: Iterable[tuple[str, str]],
    security: Iterable[tuple[str, str]],
) -> frozenset[Label]:
    """Return why an entry with these (system, code) pairs is sensitive.

    `security` are the pairs of `meta.security`. The pregnancy section is sensitive as a whole.
    """
    found: set[Label] = set()
    if category is Category.PREGNANCY:
        found.add(Label.REPRODUCTION)
    for system, code in codings:
        found |= _BY_CODE.get((system, code), frozenset())
        if system in ICD10 or system == ATC:
            found |= _by_prefix(code.upper(), at=0 if system in ICD10 else 1)
    for system, code in security:
        if system == ACT_CODE and (label := _SOURCE_SAYS.get(code)):
            found.add(label)
    return frozenset(found)


def _by_prefix(code: str, at: int) -> set[Label]:
    dotted = code if "." in code or len(code) <= 3 or at else f"{code[:3]}.{code[3:]}"
    return {label for label, prefixes in _PREFIXES.items() if dotted.startswith(prefixes[at])}

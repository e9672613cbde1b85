"""The words of a consent, in the languages in which they have been written and versioned.

A change of any word is a new VERSION: the hash a patient signed is the hash of exactly this text.
"""

import hashlib
from datetime import UTC, datetime

from babel import Locale

from domain.consents.errors import TextNotOffered
from domain.consents.types import (
    AccessMode,
    Category,
    ConsentText,
    ConsentView,
    Label,
    Purpose,
    Terms,
)

VERSION = "2026-1"
LANGUAGES = ("en", "tr", "kk", "ru")

_XN = {"en": "Northern Cyprus", "tr": "Kuzey Kıbrıs", "kk": "Солтүстік Кипр", "ru": "Северный Кипр"}

_CATEGORIES: dict[Category, tuple[str, str, str, str]] = {
    Category.PROBLEMS: ("illnesses", "hastalıklar", "аурулар", "заболевания"),
    Category.ALLERGIES: ("allergies", "alerjiler", "аллергиялар", "аллергии"),
    Category.MEDICATIONS: ("medicines", "ilaçlar", "дәрі-дәрмектер", "лекарства"),
    Category.IMMUNIZATIONS: ("vaccinations", "aşılar", "екпелер", "прививки"),
    Category.RESULTS: ("test results", "tetkik sonuçları", "талдау нәтижелері", "анализы"),
    Category.PROCEDURES: (
        "operations and treatments",
        "ameliyatlar ve işlemler",
        "оталар мен емшаралар",
        "операции и процедуры",
    ),
    Category.DEVICES: (
        "implants and devices",
        "implantlar ve cihazlar",
        "импланттар мен құрылғылар",
        "импланты и устройства",
    ),
    Category.ADVANCE_DIRECTIVES: (
        "wishes for the case that I cannot decide",
        "karar veremeyeceğim durum için isteklerim",
        "шешім қабылдай алмайтын жағдайға арналған тілектерім",
        "мои распоряжения на случай, если я не смогу решать",
    ),
    Category.ALERTS: ("warnings", "uyarılar", "ескертулер", "предупреждения"),
    Category.FUNCTIONAL_STATUS: (
        "abilities in daily life",
        "günlük yaşam becerileri",
        "күнделікті өмірдегі қабілеттер",
        "возможности в быту",
    ),
    Category.PAST_PROBLEMS: (
        "past illnesses",
        "geçirilmiş hastalıklar",
        "бұрынғы аурулар",
        "перенесённые заболевания",
    ),
    Category.PREGNANCY: ("pregnancies", "gebelikler", "жүктілік", "беременности"),
    Category.PATIENT_STORY: ("my own story", "kendi öyküm", "менің әңгімем", "мой рассказ"),
    Category.CARE_PLAN: ("care plans", "bakım planları", "күтім жоспарлары", "планы лечения"),
    Category.SOCIAL_HISTORY: ("way of life", "yaşam biçimi", "өмір салты", "образ жизни"),
    Category.VITAL_SIGNS: (
        "blood pressure, pulse and other measurements",
        "tansiyon, nabız ve diğer ölçümler",
        "қан қысымы, тамыр соғуы және басқа өлшемдер",
        "давление, пульс и другие измерения",
    ),
    Category.DOCUMENTS: ("documents", "belgeler", "құжаттар", "документы"),
    Category.IMAGING: ("images", "görüntüler", "медициналық суреттер", "снимки"),
}

_LABELS: dict[Label, tuple[str, str, str, str]] = {
    Label.PSYCHIATRY: ("mental health", "ruh sağlığı", "психикалық денсаулық", "психика"),
    Label.SUBSTANCE_USE: (
        "alcohol and drugs",
        "alkol ve madde kullanımı",
        "алкоголь мен есірткі",
        "алкоголь и наркотики",
    ),
    Label.VIOLENCE: (
        "violence and abuse",
        "şiddet ve istismar",
        "зорлық-зомбылық",
        "насилие",
    ),
    Label.HIV: ("HIV", "HIV", "АИТВ", "ВИЧ"),
    Label.REPRODUCTION: (
        "pregnancy, birth control and fertility",
        "gebelik, doğum kontrolü ve üreme",
        "жүктілік, контрацепция және ұрпақ өрбіту",
        "беременность, контрацепция и репродукция",
    ),
    Label.ORIGIN: ("ethnic origin", "etnik köken", "этникалық тек", "этническое происхождение"),
}

_PURPOSES: dict[Purpose, tuple[str, str, str, str]] = {
    Purpose.TREATMENT: ("my treatment", "tedavim", "мені емдеу", "моё лечение"),
    Purpose.EMERGENCY: (
        "emergency treatment",
        "acil tedavi",
        "шұғыл көмек",
        "экстренная помощь",
    ),
    Purpose.PAYMENT: (
        "payment, without medical details",
        "ödeme, tıbbi ayrıntılar olmadan",
        "төлем, медициналық мәліметсіз",
        "оплата, без медицинских сведений",
    ),
    Purpose.OPERATIONS: (
        "organising care, without medical details",
        "bakımın düzenlenmesi, tıbbi ayrıntılar olmadan",
        "күтімді ұйымдастыру, медициналық мәліметсіз",
        "организация помощи, без медицинских сведений",
    ),
    Purpose.RESEARCH: (
        "research, without medical details from this record",
        "araştırma, bu kayıttan tıbbi ayrıntı olmadan",
        "зерттеу, осы жазбадан медициналық мәліметсіз",
        "исследования, без медицинских сведений из этой записи",
    ),
}

_ALLOWS: dict[AccessMode, tuple[str, str, str, str]] = {
    AccessMode.VIEW: ("read", "okumasına", "оқуына", "читать"),
    AccessMode.COPY: (
        "read and keep a copy of",
        "okumasına ve bir kopyasını saklamasına",
        "оқуына және көшірмесін сақтауына",
        "читать и хранить копию",
    ),
}

_BODY = (
    "I allow {grantee} ({country}) to {allows} these parts of my health record: {categories}.\n"
    "Left out: {excluded}.\n"
    "Only entries dated: {period}.\n"
    "What for: {purpose}.\n"
    "Who asked: {requester}.\n"
    "From {begins} until {ends}.\n"
    "I can pause this or take it back at any time, without a reason, under My consents in "
    "Shifayol or at my doctor's desk. From that moment {grantee} can no longer read my record; "
    "what was handed over before stays under the law of {country}.",
    "{grantee} ({country}) kurumunun sağlık kaydımın şu bölümlerini {allows} izin veriyorum: "
    "{categories}.\n"
    "Hariç tutulanlar: {excluded}.\n"
    "Yalnızca şu tarihlerdeki kayıtlar: {period}.\n"
    "Amaç: {purpose}.\n"
    "İsteyen: {requester}.\n"
    "Başlangıç {begins}, bitiş {ends}.\n"
    "Bu izni istediğim an, neden göstermeden, Shifayol'da Onaylarım sayfasından veya "
    "doktorumun yanında durdurabilir ya da geri alabilirim. O andan sonra {grantee} kaydımı "
    "okuyamaz; daha önce verilenler {country} hukukuna tabi kalır.",
    "{grantee} ({country}) ұйымының денсаулық жазбамның мына бөлімдерін {allows} рұқсат "
    "беремін: {categories}.\n"
    "Берілмейтіні: {excluded}.\n"
    "Тек мына күндердегі жазбалар: {period}.\n"
    "Мақсаты: {purpose}.\n"
    "Сұраған: {requester}.\n"
    "Басталуы {begins}, аяқталуы {ends}.\n"
    "Бұл рұқсатты кез келген уақытта, себебін айтпай, Shifayol-дағы Келісімдерім бетінде немесе "
    "дәрігерімнің жанында тоқтата тұра аламын не қайтарып ала аламын. Содан бастап {grantee} "
    "жазбамды оқи алмайды; бұрын берілгені {country} заңына бағынады.",
    "Я разрешаю организации {grantee} ({country}) {allows} следующие части моей медицинской "
    "записи: {categories}.\n"
    "Не передаётся: {excluded}.\n"
    "Только записи за период: {period}.\n"
    "Цель: {purpose}.\n"
    "Кто попросил: {requester}.\n"
    "С {begins} до {ends}.\n"
    "Я могу приостановить или отозвать это в любое время, без объяснения причин, в Shifayol на "
    "странице «Мои согласия» или на приёме у врача. С этого момента {grantee} больше не сможет "
    "читать мою запись; переданное ранее остаётся под действием закона страны: {country}.",
)
_NOTHING = ("nothing", "yok", "жоқ", "ничего")
_MYSELF = ("myself", "kendim", "өзім", "я сам(а)")
_ANY_DATE = ("any date", "tüm tarihler", "барлық күндер", "за всё время")


def offered_language(language: str) -> str:
    """Return the language among the offered ones in which to begin a conversation."""
    return language if language in LANGUAGES else "en"


def render(consent: ConsentView, terms: Terms, language: str) -> ConsentText:
    """Return the words for these terms, and their hash; raises TextNotOffered."""
    if language not in LANGUAGES:
        raise TextNotOffered(fields={"language": ", ".join(LANGUAGES)}, languages=list(LANGUAGES))
    at = LANGUAGES.index(language)
    text = _BODY[at].format(
        grantee=consent.grantee.name,
        country=_country(consent.grantee.country, language),
        allows=_ALLOWS[consent.access_mode][at],
        categories=", ".join(
            _CATEGORIES[each][at] for each in Category if each in terms.categories
        ),
        excluded=", ".join(_LABELS[each][at] for each in Label if each in terms.excluded_labels)
        or _NOTHING[at],
        period=_period(terms.data_from, terms.data_to) or _ANY_DATE[at],
        purpose=_PURPOSES[consent.purpose][at],
        requester=consent.requested_by.name if consent.requested_by else _MYSELF[at],
        begins=_moment(terms.valid_from),
        ends=_moment(terms.valid_until),
    )
    return ConsentText(text, VERSION, language, hashlib.sha256(text.encode()).hexdigest())


def _country(code: str, language: str) -> str:
    if code == "XN":
        return _XN[language]
    return str(Locale(language).territories.get(code, code))


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _period(begins: datetime | None, ends: datetime | None) -> str:
    if begins is None and ends is None:
        return ""
    return f"{_moment(begins) if begins else '…'} – {_moment(ends) if ends else '…'}"

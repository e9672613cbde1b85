"""What the invented market is made of: real cities, the biggest first, and words for names."""

CITIES = (
    ("TR", "İstanbul", "Стамбул", 41.01, 28.95), ("TR", "Ankara", "Анкара", 39.93, 32.86),
    ("TR", "İzmir", "Измир", 38.42, 27.14), ("TR", "Antalya", "Анталья", 36.89, 30.70),
    ("TR", "Bursa", "Бурса", 40.19, 29.06), ("TR", "Adana", "Адана", 37.00, 35.32),
    ("TR", "Konya", "Конья", 37.87, 32.48), ("TR", "Kayseri", "Кайсери", 38.72, 35.49),
    ("TR", "Trabzon", "Трабзон", 41.00, 39.72), ("TR", "Samsun", "Самсун", 41.29, 36.33),
    ("UZ", "Toshkent", "Ташкент", 41.31, 69.24), ("UZ", "Samarqand", "Самарканд", 39.65, 66.96),
    ("UZ", "Buxoro", "Бухара", 39.77, 64.42), ("UZ", "Namangan", "Наманган", 41.00, 71.67),
    ("UZ", "Andijon", "Андижан", 40.78, 72.34), ("UZ", "Nukus", "Нукус", 42.46, 59.60),
    ("KZ", "Алматы", "Алма-Ата", 43.24, 76.89), ("KZ", "Астана", "Астана", 51.13, 71.43),
    ("KZ", "Шымкент", "Шымкент", 42.32, 69.59), ("KZ", "Қарағанды", "Караганда", 49.80, 73.10),
    ("KZ", "Ақтөбе", "Актобе", 50.28, 57.17), ("KZ", "Өскемен", "Усть-Каменогорск", 49.95, 82.61),
    ("AZ", "Bakı", "Баку", 40.41, 49.87), ("AZ", "Gəncə", "Гянджа", 40.68, 46.36),
    ("AZ", "Sumqayıt", "Сумгаит", 40.59, 49.67), ("AZ", "Lənkəran", "Ленкорань", 38.75, 48.85),
    ("KG", "Бишкек", "Бишкек", 42.87, 74.59), ("KG", "Ош", "Ош", 40.53, 72.80),
    ("KG", "Каракол", "Каракол", 42.49, 78.39), ("HU", "Budapest", "Будапешт", 47.50, 19.04),
    ("HU", "Debrecen", "Дебрецен", 47.53, 21.63), ("HU", "Szeged", "Сегед", 46.25, 20.15),
    ("HU", "Hévíz", "Хевиз", 46.79, 17.19), ("TM", "Aşgabat", "Ашхабад", 37.95, 58.38),
    ("TM", "Mary", "Мары", 37.59, 61.83), ("XN", "Lefkoşa", "Лефкоша", 35.19, 33.36),
    ("XN", "Girne", "Гирне", 35.34, 33.32), ("XN", "Gazimağusa", "Газимагуса", 35.12, 33.94),
)  # fmt: skip

SYLLABLES = (
    "ak", "bay", "bel", "dar", "er", "gul", "is", "kal", "kent", "kol", "kum", "mer", "nar", "or",
    "sar", "su", "tal", "tas", "tor", "yol",
)  # fmt: skip

FACILITY_WORDS = (
    "Hayat", "Şifa", "Deva", "Medikal", "Merkez", "Klinika", "Клиника", "Медицина", "Денсаулық",
    "Hospital", "Sağlık", "Central", "Nur", "Umut", "Yıldız", "Salamat", "Шипагер", "Bahor",
    "Zamin", "Asia", "Лотос", "Özel", "Akademi", "Kórház", "Saglyk", "Premium", "Family", "Zaman",
)  # fmt: skip

_WAYS = (
    {"en": "laparoscopic", "tr": "laparoskopik", "ru": "лапароскопически", "kk": "лапароскоппен"},
    {"en": "robotic", "tr": "robotik", "ru": "роботом", "kk": "роботпен"},
    {"en": "by laser", "tr": "lazerle", "ru": "лазером", "kk": "лазермен"},
    {"en": "endoscopic", "tr": "endoskopik", "ru": "эндоскопически", "kk": "эндоскоппен"},
    {"en": "repeated", "tr": "tekrar", "ru": "повторно", "kk": "қайталама"},
    {"en": "low-invasive", "tr": "az girişimsel", "ru": "малоинвазивно", "kk": "аз инвазивті"},
)  # fmt: skip
_PATIENTS = (
    {"en": "for adults", "tr": "yetişkin", "ru": "для взрослых", "kk": "ересектерге"},
    {"en": "for children", "tr": "çocuk", "ru": "для детей", "kk": "балаларға"},
    {"en": "for the elderly", "tr": "yaşlı", "ru": "для пожилых", "kk": "қарттарға"},
)  # fmt: skip
_STAYS = (
    {"en": "in one day", "tr": "günübirlik", "ru": "за один день", "kk": "бір күнде"},
    {"en": "under anaesthesia", "tr": "anestezi altında", "ru": "под наркозом", "kk": "наркозбен"},
)

QUALIFIERS = tuple(
    {tag: f"{way[tag]} {patient[tag]} {stay[tag]}" for tag in way}
    for way in _WAYS
    for patient in _PATIENTS
    for stay in _STAYS
)
"""Thirty-six variations by which a small catalogue becomes a large one."""

"""Register files of tests: the header of a format and rows of it."""

from collections.abc import Iterable

from domain.registers.formats import FORMATS
from domain.registers.types import RegisterFormat

FILES = {
    "tr-moh": ("tr_moh_facilities.csv", 1666, 0),
    "hu-neak": ("hu_inpatient_institutions_2022-11.csv", 169, 0),
    "ror": ("ror_medical_orgs_7countries.csv", 80, 56),
}
"""The real registers: each file, how many of its rows are taken, and how many are not."""


def csv_file(register: RegisterFormat, rows: Iterable[str]) -> bytes:
    """A file of that register with these rows."""
    return "".join(f"{row}\r\n" for row in (",".join(FORMATS[register].header), *rows)).encode()


def hungarian(code: str, name: str = "Próba Kórház", city: str = "Vác") -> str:
    """A row of the Hungarian register."""
    return f"{code},{name},Pest megye,2600,{city},Fő tér 1.,(27) 1,2,Kardiológia|Sebészet"


def organisation(number: int, country: str = "KZ", *, website: str = "https://h.example") -> str:
    """A row of the Research Organization Registry."""
    return (
        f"https://ror.org/0abd{number:03d}12,{country},Almaty,43.2,76.9,1,Registered hospital"
        f" {number},{{}},healthcare,healthcare,active,{website},,1990"
    )

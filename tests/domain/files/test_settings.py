"""A bucket is named whole or not at all, and the scanner by an address."""

from pathlib import Path

import pytest

from domain.settings import SettingsError, read_settings

S3 = {
    "SHIFAYOL_S3_ENDPOINT": "https://s3.example.org/",
    "SHIFAYOL_S3_BUCKET": "files",
    "SHIFAYOL_S3_REGION": "eu-central-1",
    "SHIFAYOL_S3_ACCESS_KEY_ID": "key",
    "SHIFAYOL_S3_SECRET_ACCESS_KEY": "secret",
}


@pytest.mark.parametrize("left_out", S3)
def test_half_a_bucket_is_refused(left_out: str, tmp_path: Path) -> None:
    here = {"SHIFAYOL_DATA_DIR": str(tmp_path)}
    assert read_settings(here | S3).s3_endpoint == "https://s3.example.org"
    with pytest.raises(SettingsError, match="SHIFAYOL_S3_SECRET_ACCESS_KEY"):
        read_settings(here | {name: value for name, value in S3.items() if name != left_out})


@pytest.mark.parametrize("address", ["clamd", "clamd:x", ":", "unix:/x y:z"])
def test_a_scanner_without_an_address_is_refused(address: str, tmp_path: Path) -> None:
    here = {"SHIFAYOL_DATA_DIR": str(tmp_path)}
    for good in ("127.0.0.1:3310", "[::1]:3310", "/run/clamav/clamd.ctl"):
        assert read_settings(here | {"SHIFAYOL_CLAMAV": good}).clamav == good
    with pytest.raises(SettingsError, match="SHIFAYOL_CLAMAV"):
        read_settings(here | {"SHIFAYOL_CLAMAV": address})

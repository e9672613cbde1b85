"""Settings: what a deployment may choose, and what production refuses to start with."""

import re
from pathlib import Path

import pytest

from domain.keys.provider import FileKeys
from domain.settings import Mode, SettingsError, read_settings


def production(tmp_path: Path) -> dict[str, str]:
    FileKeys.create(tmp_path / "keys")
    return {
        "SHIFAYOL_MODE": "production",
        "SHIFAYOL_DATA_DIR": str(tmp_path),
        "SHIFAYOL_PUBLIC_URL": "https://shifayol.example",
        "SHIFAYOL_SMTP_HOST": "smtp.shifayol.example",
        "SHIFAYOL_MAIL_FROM": "Shifayol <post@shifayol.example>",
        "STRIPE_SECRET_KEY": "sk_live_a_real_long_secret",
        "STRIPE_WEBHOOK_SECRET": "whsec_a_real_long_secret",
    }


def test_development_needs_no_setting_at_all() -> None:
    settings = read_settings({"HOME": "/home/nobody"})
    assert settings.mode is Mode.DEVELOPMENT
    assert settings.embedded_database
    assert settings.public_url == "http://localhost:8400"


def test_a_whole_production_environment_is_accepted(tmp_path: Path) -> None:
    assert read_settings(production(tmp_path)).production


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"STRIPE_SECRET_KEY": ""}, "STRIPE_SECRET_KEY"),
        ({"STRIPE_WEBHOOK_SECRET": ""}, "STRIPE_WEBHOOK_SECRET"),
        ({"STRIPE_SECRET_KEY": "sk_test"}, "default"),
        ({"SHIFAYOL_SMTP_HOST": "", "SHIFAYOL_MAIL_FROM": ""}, "accounts need mail"),
        ({"SHIFAYOL_MAIL_FROM": ""}, "set together"),
        ({"SHIFAYOL_SMTP_USER": "post"}, "SHIFAYOL_SMTP_PASSWORD"),
        ({"SHIFAYOL_SMTP_PLAIN": "true"}, "not in production"),
        ({"SHIFAYOL_PUBLIC_URL": "http://shifayol.example"}, "https"),
        ({"SHIFAYOL_NUDGE_URL": "https://gateway.example"}, "SHIFAYOL_NUDGE_TOKEN"),
        (
            {"SHIFAYOL_NUDGE_URL": "http://gateway.example", "SHIFAYOL_NUDGE_TOKEN": "a-long-one"},
            "https:// address",
        ),
        ({"SHIFAYOL_KEY_DIR": "/nonexistent"}, "keys create"),
        (
            {
                "DATABASE_URL": "postgresql://app:postgres@db/x",
                "MIGRATION_DATABASE_URL": "postgresql://owner:a-long-secret-word@db/x",
            },
            "password in DATABASE_URL",
        ),
    ],
)
def test_production_refuses_to_start(
    tmp_path: Path, changes: dict[str, str], complaint: str
) -> None:
    with pytest.raises(SettingsError, match=complaint):
        read_settings(production(tmp_path) | changes)


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        ({"SHIFAYOL_MODE": "prod"}, "SHIFAYOL_MODE"),
        ({"SHIFAYOL_PORT": "0"}, "SHIFAYOL_PORT"),
        ({"SHIFAYOL_PORT": "٨٤٠٠"}, "SHIFAYOL_PORT"),
        ({"SHIFAYOL_HOST": "0.0.0.0"}, "loopback"),
        ({"DATABASE_URL": "postgresql://app:x@db/x"}, "together"),
        ({"DATABASE_URL": "postgresql://a:x@d/x", "MIGRATION_DATABASE_URL": "postgresql://a:x@d/x"},
         "two different roles"),
        ({"SHIFAYOL_WORKER_INSIDE": "perhaps"}, "SHIFAYOL_WORKER_INSIDE"),
    ],
)  # fmt: skip
def test_contradictory_settings_are_refused_with_what_to_change(
    environment: dict[str, str], complaint: str
) -> None:
    with pytest.raises(SettingsError, match=complaint):
        read_settings(environment)


def test_every_complaint_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({"SHIFAYOL_PORT": "x", "SHIFAYOL_MODE": "y"})
    assert "SHIFAYOL_PORT" in str(refused.value) and "SHIFAYOL_MODE" in str(refused.value)


def test_the_readme_explains_every_variable() -> None:
    root = Path(__file__).resolve().parents[2]
    readme = (root / "README.md").read_text()
    for source in ("domain/settings.py", "api/key_commands.py"):
        named = set(re.findall(r'"((?:SHIFAYOL|STRIPE)_[A-Z0-9_]+|[A-Z_]*DATABASE_URL)"',
                               (root / source).read_text()))  # fmt: skip
        told = {name for name in named if name in readme or _ending(name) in readme}
        assert named and told == named, named - told


def _ending(name: str) -> str:
    """Return how a table cell that names the beginning once writes the rest: `_BUCKET`."""
    return "`_" + name.split("_", 2)[2] + "`"

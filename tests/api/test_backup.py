"""A backup of the database: written, restored elsewhere, and forgotten again where erased since."""

import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from api.postgres import EmbeddedPostgres
from domain.settings import Settings
from tests.api.rights.test_rights import ask, decide
from tests.conftest import Register
from tests.serving import ROOT, scratch_folder


def command(settings: Settings, data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of ours; without `data` on the database under test."""
    environment = {
        "PATH": os.environ["PATH"],
        "SHIFAYOL_DATA_DIR": str(data),
        "SHIFAYOL_KEY_DIR": str(settings.key_dir),
        "SHIFAYOL_ERASURE_LOG": str(settings.erasure_log),
        "SHIFAYOL_LOG_LEVEL": "error",
    }
    if data == settings.data_dir:
        environment |= {
            "DATABASE_URL": str(settings.database_url),
            "MIGRATION_DATABASE_URL": str(settings.migration_database_url),
        }
    return subprocess.run(
        [sys.executable, "-m", "api", *arguments], env=environment, cwd=ROOT, text=True,
        capture_output=True, check=False,
    )  # fmt: skip


async def test_a_restored_backup_forgets_who_was_erased_after_it_and_keeps_the_others(
    person: Register, settings: Settings, tmp_path: Path
) -> None:
    gone, stays = await person(), await person()
    dump = tmp_path / "shifayol.dump"
    written = command(settings, settings.data_dir, "backup", str(dump))
    assert written.returncode == 0, written.stderr
    assert dump.stat().st_mode & 0o077 == 0
    again = command(settings, settings.data_dir, "backup", str(dump))
    assert again.returncode == 2 and dump.stat().st_size > 0
    await decide(person, await ask(gone))

    full = command(settings, settings.data_dir, "restore", str(dump))
    assert full.returncode == 2 and "not empty" in full.stderr
    elsewhere = scratch_folder()
    restored = command(settings, elsewhere, "restore", str(dump))
    assert restored.returncode == 0, restored.stderr
    assert "erasures of the log were carried out again" in restored.stdout
    with EmbeddedPostgres(elsewhere) as server:
        owner = await asyncpg.connect(server.urls.owner)
        keys = {row["subject_id"] for row in await owner.fetch("SELECT subject_id FROM data_key")}
        forced = await owner.fetchval(
            "SELECT relforcerowsecurity FROM pg_class WHERE relname = 'patient'"
        )
        await owner.close()
        app = await asyncpg.connect(server.urls.app)
        assert await app.fetchval("SELECT count(*) FROM patient") == 0  # nobody is asking
        await app.close()
    assert gone.patient_id not in keys and stays.patient_id in keys and forced


@pytest.mark.parametrize("content", [b"", b"no dump at all"])
async def test_what_is_no_backup_is_refused_with_a_reason(
    settings: Settings, tmp_path: Path, content: bytes
) -> None:
    wrong = tmp_path / "wrong.dump"
    wrong.write_bytes(content)
    refused = command(settings, scratch_folder(), "restore", str(wrong))
    assert refused.returncode == 2 and "pg_restore failed" in refused.stderr

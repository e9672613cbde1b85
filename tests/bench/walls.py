"""make bench BENCH=walls: what the walls cost, and that they hold."""

import os

os.environ.setdefault("PICCOLO_CONF", "domain.piccolo_conf")

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import httpx

from api.postgres import EmbeddedPostgres
from api.runtime import Runtime
from domain.actor import SYSTEM, Actor, ActorKind, Role
from domain.audit import service as audit
from domain.audit.verification import verify
from domain.catalogue.reference import load_reference
from domain.db import connection, transactional
from domain.identity import passwords
from domain.identity import service as identity
from domain.identity.types import PersonName, RegisterAccount
from domain.patients import service as patients
from domain.records import service as records
from domain.records.types import Category, QuickEntry, QuickForm
from domain.schema import migrate
from domain.settings import Settings, read_settings
from tests.bench.harness import figure, median, metric, scratch, server
from tests.serving import ROOT
from tests.torture.test_mutation import RESULT

SECONDS = 4.0
AT_ONCE = 8
ROUNDS = 3
AUDIT_ROWS = int(os.environ.get("SHIFAYOL_BENCH_AUDIT_ROWS", "1000000"))
UPLOAD = 1024**3

Work = Callable[[], Awaitable[object]]


async def rate(work: Work, seconds: float = SECONDS) -> float:
    """Return how often a second the work is done by eight at once."""
    until, done = time.perf_counter() + seconds, 0

    async def one() -> None:
        nonlocal done
        while time.perf_counter() < until:
            await work()
            done += 1

    await asyncio.gather(*(one() for _ in range(AT_ONCE)))
    return done / seconds


async def patient_with_record() -> tuple[Actor, object]:
    """Return a patient with one entry in the record."""
    command = RegisterAccount(
        email="bench@example.org", password="a long enough phrase 7",
        name=PersonName(given="Bench", family="Mark"), home_state="KZ",
    )  # fmt: skip
    account = await identity.register_account(command)
    actor = Actor(
        kind=ActorKind.PERSON, role=Role.PATIENT, account_id=account,
        strong_at=datetime.now(UTC),
    )  # fmt: skip
    mine = (await patients.list_patients(actor))[0].id

    @transactional
    async def take_into_care(system: Actor) -> Actor:
        organisation = await connection().fetchval(
            "INSERT INTO organisation (id, kind, name, jurisdiction, created_at)"
            " VALUES (gen_random_uuid(), 'practice', 'Bench', 'KZ', now()) RETURNING id"
        )
        await connection().execute(
            "INSERT INTO care_relation (id, patient_id, home_state, organisation_id, since)"
            " VALUES (gen_random_uuid(), $1, 'KZ', $2, now())",
            mine, organisation,
        )  # fmt: skip
        return Actor(
            kind=ActorKind.PERSON, role=Role.REFERRING_DOCTOR, account_id=account,
            organisation_id=organisation, jurisdiction="KZ",
        )  # fmt: skip

    doctor = await take_into_care(SYSTEM)
    await records.add_entries(
        doctor, mine, QuickForm(problems=[QuickEntry(text="Gonarthrosis, right knee")])
    )
    return actor, mine


async def measure(settings: Settings, postgres: EmbeddedPostgres, folder: Path) -> None:
    """Print what is measured inside one process."""
    await migrate(postgres.urls.owner, postgres.urls.app)
    async with Runtime(settings, worker=False, size=AT_ONCE):
        await load_reference(SYSTEM)
        actor, patient = await patient_with_record()

        @transactional
        async def append(system: Actor) -> None:
            await audit.record(system, "bench.append", subject=("thing", 1), home_state="KZ")

        appends = median([await rate(lambda: append(SYSTEM)) for _ in range(ROUNDS)])
        figure("walls.audit.appends_per_s", appends, "1/s", at_once=AT_ONCE)

        bare = await asyncpg.create_pool(postgres.superuser_url, min_size=2, max_size=AT_ONCE)
        sql = "SELECT * FROM record_entry WHERE patient_id = $1 AND category = 'problems'"

        async def without() -> None:
            async with bare.acquire() as one, one.transaction():
                await one.fetch(sql, patient)

        async def walled() -> None:
            await records.read_section(actor, patient, Category.PROBLEMS)  # type: ignore[arg-type]

        pairs = [(await rate(walled), await rate(without)) for _ in range(ROUNDS)]
        figure(
            "walls.read_cost", median([a / b for a, b in pairs]), "ratio",
            with_per_s=round(median([a for a, _ in pairs]), 1),
            without_per_s=round(median([b for _, b in pairs]), 1),
        )  # fmt: skip
        await bare.close()

        stored = await passwords.hashed("a long enough phrase 7")

        async def login() -> None:
            assert await passwords.matches(stored, "a long enough phrase 7")

        figure("walls.logins_per_s", await rate(login), "1/s", memory_mib=46, passes=1)
        await verify_a_million(settings, postgres)


async def verify_a_million(settings: Settings, postgres: EmbeddedPostgres) -> None:
    """Seal a long chain and prove it."""
    filler = await asyncpg.connect(postgres.superuser_url)
    await filler.execute(
        "INSERT INTO audit_event (id, at, chain, actor_kind, account_id, organisation_id, role,"
        " action, outcome, subject_kind, subject_id, patient_id, home_state, purpose, detail,"
        " request_id) SELECT gen_random_uuid(), now() + n * interval '1 microsecond', 'KZ',"
        " 'person', gen_random_uuid(), gen_random_uuid(), 'clinician', 'records.read_section',"
        " 'success', 'patient', gen_random_uuid()::text, gen_random_uuid(), 'KZ', 'TREAT',"
        " '{\"categories\": [\"problems\"]}', gen_random_uuid()::text"
        " FROM generate_series(1, $1::int) n",
        AUDIT_ROWS, timeout=600,
    )  # fmt: skip
    await filler.close()
    audit.SEAL_BATCH = 10_000  # a deployment seals as it goes; here a million waits
    started, sealed = time.perf_counter(), 0
    while count := await audit.seal_pending(SYSTEM):
        sealed += count
    sealing = time.perf_counter() - started
    folder = settings.data_dir / "checkpoints"
    await audit.write_checkpoint(folder)
    started = time.perf_counter()
    read, findings = await verify(folder)
    figure(
        "walls.audit.verify_s", time.perf_counter() - started, "s", rows=read,
        findings=len(findings), sealed_per_s=round(sealed / sealing, 1),
    )  # fmt: skip


def upload_peak(postgres: EmbeddedPostgres, folder: Path) -> None:
    """Upload one gibibyte of imaging and print how much the server's memory grew."""
    with server(postgres, folder) as port:
        api = httpx.Client(base_url=f"http://localhost:{port}", timeout=120)
        token = api.post("/v1/demo/sessions", json={"person": "demo-patient"}).json()["token"]
        api.headers["Authorization"] = f"Bearer {token}"
        patient = api.get("/v1/patients").json()[0]["id"]
        made = api.post(
            f"/v1/patients/{patient}/files",
            json={"name": "ct.dcm", "media_type": "application/dicom", "size": UPLOAD,
                  "purpose": "imaging"},
        )  # fmt: skip
        made.raise_for_status()
        peaks, stop = [resident(port)], threading.Event()
        before = peaks[0]

        def watch() -> None:
            while not stop.wait(0.1):
                peaks.append(resident(port))

        watcher = threading.Thread(target=watch)
        watcher.start()
        started = time.perf_counter()
        sent = asyncio.run(send(port, token, made.json()["id"]))
        took = time.perf_counter() - started
        stop.set()
        watcher.join()
        figure(
            "walls.upload_peak_mb", max(peaks) / 2**20, "MiB", before_mib=round(before / 2**20, 1),
            sent_mib=sent // 2**20, mib_per_s=round(sent / 2**20 / took, 1),
        )  # fmt: skip


async def send(port: int, token: str, file_id: str) -> int:
    """Stream the file's bytes and return how many were sent."""
    block = bytes(1024 * 1024)

    async def content() -> AsyncIterator[bytes]:
        yield bytes(128) + b"DICM" + block[132:]
        for _ in range(UPLOAD // len(block) - 1):
            yield block

    async with httpx.AsyncClient(base_url=f"http://localhost:{port}", timeout=600) as client:
        answer = await client.patch(
            f"/v1/files/{file_id}",
            content=content(),
            headers={
                "Authorization": f"Bearer {token}", "Upload-Offset": "0",
                "Content-Type": "application/offset+octet-stream", "Tus-Resumable": "1.0.0",
            },
        )  # fmt: skip
        answer.raise_for_status()
    return UPLOAD


def resident(port: int) -> float:
    """Return the server's resident memory in bytes, as it counts it itself."""
    return metric(port, "process_resident_memory_bytes")


def proofs(folder: Path) -> None:
    """Run the matrix and the forgeries, and print what they counted."""
    counted = folder / "matrix.json"
    tests = ["tests/walls/test_matrix.py", "tests/domain/audit/test_audit.py"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *tests], cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "SHIFAYOL_WALLS_FIGURES": str(counted)}, check=False,
    )  # fmt: skip
    for name, value in json.loads(counted.read_text()).items():
        figure(f"walls.matrix.{name}", value, "count")
    missed = "test_a_hundred_forgeries_are_all_found" in done.stdout
    figure("walls.audit.forgeries_found", 0 if missed else 100, "of 100", exit=done.returncode)


def mutation() -> None:
    """Print the newest count of `make torture`, which takes longer than a benchmark may."""
    if not RESULT.exists():
        print("walls.mutation_score.policy is counted by `make torture`", file=sys.stderr)
        return
    counted = json.loads(RESULT.read_text())
    figure("walls.mutation_score.policy", counted.pop("score"), "ratio", **counted)


def main() -> None:
    """Print every figure of the family."""
    mutation()
    with scratch() as folder:
        proofs(folder)
        with EmbeddedPostgres(folder / "pg") as postgres:
            settings = read_settings(
                {
                    "SHIFAYOL_DATA_DIR": str(folder / "data"),
                    "SHIFAYOL_LOG_LEVEL": "error",
                    "DATABASE_URL": postgres.urls.app,
                    "MIGRATION_DATABASE_URL": postgres.urls.owner,
                }
            )
            asyncio.run(measure(settings, postgres, folder))
        with EmbeddedPostgres(folder / "pg2") as postgres:
            upload_peak(postgres, folder)


if __name__ == "__main__":
    main()

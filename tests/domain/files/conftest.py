"""The real counterparts of files: an S3 server and a virus scanner, each in its own process."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from tests.factories.papers import EICAR
from tests.serving import free_port, skip, wait_until

MOTO = "5.2.5"
NO_AUTH_CALLS = 4
"""moto lets so many calls make the user whose secret it then demands."""


class Bucket(msgspec.Struct):
    """A bucket, and a user of it."""

    endpoint: str
    name: str
    access_key_id: str
    secret_access_key: str


def _moto() -> Path:
    """Return the server's program in an environment of its own, made once for all runs."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "shifayol-test" / f"moto-{MOTO}"
    program = folder / "bin" / "moto_server"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        try:
            subprocess.run([sys.executable, "-m", "venv", folder], check=True, capture_output=True)
            subprocess.run(
                [folder / "bin" / "pip", "install", "-q", f"moto[server]=={MOTO}"],
                check=True, capture_output=True, timeout=300,
            )  # fmt: skip
        except (subprocess.SubprocessError, OSError) as error:
            said = getattr(error, "stderr", b"") or b""
            skip(f"no environment for moto[server]: {error} {said[-300:]!r}")
        (folder / "complete").touch()
    return program


@pytest.fixture(scope="session")
def bucket() -> Iterator[Bucket]:
    """A bucket of a server that checks signatures."""
    port = free_port()
    process = subprocess.Popen(
        [_moto(), "-H", "127.0.0.1", "-p", str(port)],
        env={**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": str(NO_AUTH_CALLS)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    endpoint = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: httpx.get(f"{endpoint}/moto-api/").status_code == 200, "moto")
        yield _prepared(endpoint)
    finally:
        process.kill()
        process.wait()


def _prepared(endpoint: str) -> Bucket:
    """Make a user, a key, a policy and the bucket: exactly the calls that need no signature."""

    def iam(**action: str) -> str:
        authorisation = (
            "AWS4-HMAC-SHA256 Credential=nobody/20261123/eu-central-1/iam/aws4_request,"
            " SignedHeaders=host, Signature=0"
        )
        answer = httpx.post(
            endpoint,
            data={"Version": "2010-05-08", **action},
            headers={"Authorization": authorisation},
        )
        assert answer.is_success, answer.text
        return answer.text

    iam(Action="CreateUser", UserName="shifayol")
    made = iam(Action="CreateAccessKey", UserName="shifayol")
    everything = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
    )
    iam(Action="PutUserPolicy", UserName="shifayol", PolicyName="all", PolicyDocument=everything)
    key = made.partition("<AccessKeyId>")[2].partition("<")[0]
    secret = made.partition("<SecretAccessKey>")[2].partition("<")[0]
    put = httpx.put(
        f"{endpoint}/files",
        content="<CreateBucketConfiguration><LocationConstraint>eu-central-1"
        "</LocationConstraint></CreateBucketConfiguration>",
    )
    assert put.is_success, put.text
    return Bucket(endpoint, "files", key, secret)


STREAM_LIMIT = 3 * 1024 * 1024


@pytest.fixture(scope="session")
def clamd(folder: Path) -> Iterator[str]:
    """ClamAV's daemon on a socket of its own, with one hand-made signature."""
    program = shutil.which("clamd")
    if program is None:
        skip("clamd is not installed (Debian: clamav-daemon)")
    home = folder / "clamav"
    (home / "database").mkdir(parents=True)
    digest = hashlib.md5(EICAR).hexdigest()
    (home / "database" / "eicar.hdb").write_text(f"{digest}:{len(EICAR)}:Eicar-Test-Signature\n")
    socket = home / "socket"
    (home / "clamd.conf").write_text(
        f"LocalSocket {socket}\nDatabaseDirectory {home / 'database'}\nForeground yes\n"
        f"StreamMaxLength {STREAM_LIMIT}\nAlertExceedsMax yes\nTemporaryDirectory {home}\n"
        "ConcurrentDatabaseReload no\n"
    )
    log = home / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(program), "-c", home / "clamd.conf"], stdout=output, stderr=subprocess.STDOUT
        )
    try:
        deadline = time.monotonic() + 30
        while not socket.exists():
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield str(socket)
    finally:
        process.kill()
        process.wait()

"""Importing a public register from the command line: a progress bar and a report."""

from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from domain.registers.service import import_register

SHOWN = 20


async def import_with_progress(format_name: str, file: Path) -> int:
    """Import the file and print the report; return 1 when every row was refused."""
    console = Console(stderr=True)
    with Progress(
        "[progress.description]{task.description}",
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
    ) as progress:
        task = progress.add_task(f"Importing {file.name}", total=None)
        report = await import_register(
            format_name,
            file,
            progress=lambda n, total: progress.update(task, completed=n, total=total),
        )
    print(
        f"{report.taken} taken, {report.updated} updated, {report.unchanged} unchanged,"
        f" {report.gone} gone, {len(report.skipped)} skipped"
    )
    for reason, count in Counter(reason for _, reason in report.skipped).most_common():
        print(f"  {count} x {reason}")
    for line, reason in report.skipped[:SHOWN]:
        print(f"  line {line}: {reason}")
    if len(report.skipped) > SHOWN:
        print(f"  ... and {len(report.skipped) - SHOWN} more")
    return 0 if report.taken or report.updated or report.unchanged else 1

"""docs/reliability.md: what was tried with a log, how often, and what was lost."""

import datetime
import platform
from collections.abc import Iterable
from importlib.metadata import version

from benchmarks.reliability.row import Row, table

BEFORE = """# Reliability

A log is read years later, on another machine, and after accidents. So accidents are made on purpose, and what is lost
is counted. `python -m benchmarks.reliability --out docs/reliability.md` makes them all and writes this page, in about
ten minutes; `python -m benchmarks.reliability races` makes one kind.
"""
AFTER = """
## What remains unprotected

* **A power cut** can lose what the operating system has not yet written: seconds of looks. A killed process loses
  nothing. The end of a run and `Board.sync()` wait until the disk has everything.
* **A file cut exactly between two records** looks like a shorter run, because TensorBoard's format says nowhere how
  long a file is.
* **A `SummaryWriter` of your own** that met a full disk stays silent until you open another.
* **TensorBoard's own tabs** stop at the first damaged record, and so does the tab of torchdemos, which reads through
  TensorBoard; the tab says so. `torchdemos report` and `torchdemos diagnose` read on behind the damage.
* **Two machines that share a folder by NFS**, and Windows, which has no such file locks, are not tried.
* **An interrupt that comes while the hooks of a block are removed, with the exception kept**, as a notebook keeps the
  latest one: the hooks go when the next step begins, or when the watch does.
"""


def page(rows: Iterable[Row]) -> str:
    """The whole page, with the versions and the day."""
    torch, python = version("torch"), platform.python_version()
    made = f"Made on {datetime.date.today()} with torch {torch} and Python {python}, {platform.system()}."
    return f"{BEFORE}\n{table(rows)}\n\n{made}\n{AFTER}"

"""A contestant in a process of its own, for watchers that change the process they are in."""

import os
import socket
import subprocess
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch
import workloads
from peers import PEERS
from timing import Contestant
from watchers import WATCHERS

PATIENCE = 20.0  # seconds that a process has to end by itself


class Remote:
    """Trains a block when it is told to, like `Contestant`; raises `RuntimeError` with what went wrong there."""

    def __init__(self, workload: str, watcher: str, folder: Path) -> None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, __file__, str(theirs.fileno()), workload, watcher, str(folder)]
        with theirs:
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()])
        self._pipe = Connection(ours.detach())
        self.steps_done, self.cpu_elsewhere = 0, 0.0

    def block(self, steps: int) -> float:
        seconds, cpu = self._ask(steps)
        self.cpu_elsewhere += cpu
        self.steps_done += steps
        return float(seconds)

    def weights(self) -> str:
        return str(self._ask("weights"))

    def close(self) -> None:
        self._pipe.close()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _ask(self, what: int | str) -> Any:
        try:
            self._pipe.send(what)
            answer = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise RuntimeError("its process ended") from error
        if isinstance(answer, Exception):
            raise answer
        return answer


def main() -> None:
    """Answer until nobody asks any more."""
    handle, workload, watcher, folder = sys.argv[1:]
    pipe, contestant = Connection(int(handle)), None
    while True:
        try:
            what = pipe.recv()
        except EOFError:
            return
        try:
            attach = (WATCHERS | PEERS)[watcher].attach
            contestant = contestant or Contestant(workloads.WORKLOADS[workload], attach, Path(folder))
            pipe.send(contestant.weights() if what == "weights" else _block(contestant, what))
        except Exception as error:  # of any tool, for any reason
            pipe.send(RuntimeError(f"{type(error).__name__}: {error}"))


def _block(contestant: Contestant, steps: int) -> tuple[float, float]:
    """Seconds a step, and CPU time of the block."""
    before = os.times()
    seconds = contestant.block(steps)
    after = os.times()
    if torch.cuda.is_available():  # all processes share the device's memory
        torch.cuda.empty_cache()
    return seconds, after.user + after.system - before.user - before.system


if __name__ == "__main__":
    main()

"""`python -m benchmarks.gpu --out DIR --minutes 4`: what a GPU can show, in parts, each written as it ends.

Run it again and it goes on: parts that have ended are passed over, one that was stopped or failed is taken up again.
`state.json` says how each ended, `log.txt` has what all of them printed. `--device cpu` rehearses it without a GPU.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from benchmarks.gpu.parts import Given, Part, parts

ROOT = Path(__file__).parents[2]
GRACE = 15.0  # seconds that a part has to write down what it found, once it is told to stop
LEAST = 10.0  # seconds without which none is begun

State = dict[str, dict[str, Any]]


def run(todo: Sequence[Part], out: Path, seconds: float, environment: dict[str, str]) -> State:
    """Run parts until the time is over; how each ended: its exit status, None where it was stopped, and seconds."""
    ends, state = time.monotonic() + seconds, _read(out)
    with (out / "log.txt").open("a", encoding="utf-8") as log:
        for part in todo:
            if state.get(part.name, {}).get("status") in part.done:
                continue
            left = ends - time.monotonic() - GRACE
            if left < LEAST:
                break
            began = time.monotonic()
            print(f"\n== {part.name}: {' '.join(part.command)}", file=log, flush=True)
            status = _ended(part.command, log, left, environment)
            before = state.get(part.name, {}).get("seconds", 0)
            state[part.name] = {"status": status, "seconds": round(before + time.monotonic() - began, 1)}
            (out / "state.json").write_text(json.dumps(state, indent=1), encoding="utf-8")
            print(f"{part.name}: {_words(status, part)}, {state[part.name]['seconds']:.0f} s", flush=True)
    return state


def _read(out: Path) -> State:
    file = out / "state.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def _ended(command: Sequence[str], log: IO[str], seconds: float, environment: dict[str, str]) -> int | None:
    """The exit status; None where it was stopped, as by Ctrl-C, for want of time."""
    with subprocess.Popen(
        command, stdout=log, stderr=log, cwd=ROOT, env=environment, start_new_session=True, preexec_fn=_heed
    ) as process:
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGINT)
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        return None


def _heed() -> None:
    """Be interrupted by SIGINT, also in what a shell started in the background, where it is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _words(status: int | None, part: Part) -> str:
    if status is None:
        return "stopped, to go on"
    return "done" if status in part.done else f"failed with status {status}, see log.txt"


def _about(device: str) -> str:
    """The machine, for the log."""
    program = (
        "import torch; from hw1.machine.environment import versions; print(dict(versions())); "
        f"print(torch.cuda.get_device_properties(0) if {device != 'cpu'} else 'cpu')"
    )
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False).stdout


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for what is found")
    parser.add_argument("--minutes", type=float, default=4.0, metavar="M", help="stop then (default 4)")
    parser.add_argument("--device", default="cuda", help="cuda (default), or cpu to rehearse")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes on the device (default 1)")
    parser.add_argument("--against", type=Path, metavar="MANIFEST", help="of a run on a CPU, to compare with")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder with CIFAR-10 (default: HW1_DATA)")
    parser.add_argument("--only", nargs="+", metavar="PART", help="parts by their names, without what follows a comma")
    options = parser.parse_args(arguments)
    if options.against is not None and not options.against.is_file():
        parser.error(f"--against {options.against}: no such file")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where every part has ended as it should, 1 where one failed or is left."""
    options = _options(arguments)
    out = options.out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        **({"HW1_GPU_TESTS": "cpu"} if options.device == "cpu" else {}),
    }
    if options.data is not None:
        environment["HW1_DATA"] = str(options.data.absolute())
    given = Given(
        out=out,
        device=options.device,
        jobs=options.jobs,
        against=options.against and options.against.absolute(),
        images="HW1_DATA" in environment,
    )
    todo = [part for part in parts(given) if not options.only or part.name.partition(",")[0] in options.only]
    with (out / "log.txt").open("a", encoding="utf-8") as log:
        log.write(_about(options.device))
    state = run(todo, out, options.minutes * 60, environment)
    left = [part.name for part in todo if state.get(part.name, {}).get("status") not in part.done]
    print(f"left: {'; '.join(left) or 'nothing'}")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())

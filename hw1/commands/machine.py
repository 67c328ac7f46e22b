"""What every command that trains takes: data, device, store and processes."""

import sys
from argparse import ArgumentParser, Namespace

from hw1.data.places import use_folder
from hw1.decisions import Answers, Options
from hw1.devices import resolve
from hw1.environment import cores
from hw1.progress import Progress
from hw1.registration import EVIDENCE


def add_machine(parser: ArgumentParser) -> None:
    """Options with the names that pytest's have behind `--hw1-`."""
    add = parser.add_argument
    add("--data", metavar="DIR", help="folder with downloaded data (default: the variable HW1_DATA)")
    add("--gpu", action="store_true", help="require a CUDA GPU")
    add("--device", default="auto", help="auto (default), cpu, cuda or cuda:N")
    add("--store", default=".hw1/results.sqlite", metavar="FILE", help="results (default .hw1/results.sqlite)")
    add("--jobs", type=int, metavar="N", help="processes of one thread each (default: cores; 1 on a GPU)")


def answers(options: Namespace, block: int = EVIDENCE) -> Answers:
    """Answers from the store and the machine that the options name."""
    use_folder(options.data)
    device = resolve(options.device, gpu=options.gpu)
    jobs = options.jobs or (cores() if device.name == "cpu" else 1)
    return Answers(Options(device=device, store=options.store, jobs=jobs, block=block), Progress(sys.stderr))

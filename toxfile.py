"""Two runners for tox: environments of equal Python and torch share one folder, and one that uses what is at hand.

tox 4 recreates a shared `env_dir` whenever another environment's name is stored in it, and torch alone takes gigabytes.
`shared` takes the folder for its own whoever used it last; changed dependencies or another Python still recreate it.
"""

import re
import shutil
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from tox.config.sets import EnvConfigSet
from tox.plugin import impl
from tox.tox_env.info import Info
from tox.tox_env.python.virtual_env.runner import VirtualEnvRunner
from tox.tox_env.register import ToxEnvRegister


class SharedRunner(VirtualEnvRunner):
    """A virtual environment that several tox environments use; `runner = shared` with one `env_dir`."""

    @staticmethod
    def id() -> str:
        """The name in tox.ini."""
        return "shared"

    @property
    def cache(self) -> Info:
        """What tox remembers of the folder, under this environment's own name."""
        info = super().cache
        if "ToxEnv" in info._content:
            info._content["ToxEnv"]["name"] = self.conf.name
        return info


class CurrentRunner(VirtualEnvRunner):
    """The environment at hand, in which nothing is made or installed; `runner = current`."""

    @staticmethod
    def id() -> str:
        """The name in tox.ini."""
        return "current"

    def create_python_env(self) -> None:
        """Nothing: it is there."""

    def env_python(self) -> Path:
        """The Python that runs tox where torch is installed in it, else the shell's."""
        found = None if find_spec("torch") else shutil.which("python") or shutil.which("python3")
        return Path(found or sys.executable)

    def env_bin_dir(self) -> Path:
        """Where its programs are."""
        return self.env_python().parent

    def prepend_env_var_path(self) -> list[Path]:
        """Its programs come first."""
        return [self.env_bin_dir()]

    def _exported_set_env(self) -> dict[str, Callable[[], str]]:
        """Without VIRTUAL_ENV, which would name the folder where tox keeps its logs."""
        return {name: value for name, value in super()._exported_set_env().items() if name != "VIRTUAL_ENV"}


@impl
def tox_register_tox_env(register: ToxEnvRegister) -> None:
    """Make both runners known."""
    register.add_run_env(SharedRunner)
    register.add_run_env(CurrentRunner)


@impl
def tox_add_env_config(env_conf: EnvConfigSet) -> None:
    """`{python_tag}` in tox.ini: the Python in an environment's name, else the one that runs tox; `py311`."""
    named = re.search(r"py3\d+", env_conf.name or "")
    tag = named[0] if named else f"py3{sys.version_info.minor}"
    env_conf.add_constant("python_tag", "the Python of an environment, for the name of its folder", tag)

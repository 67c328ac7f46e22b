"""Lets tox environments of equal dependencies share one folder: torch alone takes gigabytes.

tox 4 recreates a shared `env_dir` whenever another environment's name is stored in it. The runner below takes the
folder for its own whoever used it last; changed dependencies or another Python still recreate it.
"""

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


@impl
def tox_register_tox_env(register: ToxEnvRegister) -> None:
    """Make `runner = shared` known."""
    register.add_run_env(SharedRunner)

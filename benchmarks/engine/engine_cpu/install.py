"""Install vLLM for processors into a virtual environment of its own.

    python -m benchmarks.engine.engine_cpu.install [DIRECTORY]

It needs about 2.5 GB and two to three minutes the first time. After that it does nothing, as
a stamp names the requirements and the Python of the environment. It uses the standard library
alone, so it runs before anything else is installed.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[2]
sys.path.insert(0, str(REPOSITORY))

from benchmarks.engine.engine_cpu.metadata_wheel import write_metadata_wheel  # noqa: E402

REQUIREMENTS = HERE / "requirements.txt"
DEFAULT_DIRECTORY = REPOSITORY / ".venv-engine"


def install(directory: Path = DEFAULT_DIRECTORY) -> bool:
    """Make ``directory`` the engine's environment; False if it already is.

    Two calls at once wait for each other. An interrupted call leaves no stamp, and the next
    call starts over. Exits with a message if ``directory`` holds something else, and raises
    CalledProcessError if pip fails.
    """
    with REQUIREMENTS.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_installed(directory):
            return False
        _refuse_foreign(directory)
        shutil.rmtree(directory, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(directory)], check=True)
        _pip(directory, "-r", str(REQUIREMENTS))
        with tempfile.TemporaryDirectory() as wheels:
            _pip(directory, str(write_metadata_wheel(Path(wheels))))
        _stamp(directory).write_text(_fingerprint())
    return True


def is_installed(directory: Path = DEFAULT_DIRECTORY) -> bool:
    """True if ``directory`` holds the engine of the current requirements."""
    stamp = _stamp(directory)
    return stamp.is_file() and stamp.read_text() == _fingerprint()


def _pip(directory: Path, *arguments: str) -> None:
    python = str(directory / "bin" / "python")
    options = ["--no-deps", "--quiet", "--disable-pip-version-check"]
    subprocess.run([python, "-m", "pip", "install", *options, *arguments], check=True)


def _refuse_foreign(directory: Path) -> None:
    if directory.exists() and not (directory / "pyvenv.cfg").is_file():
        sys.exit(
            f"{directory} exists and is not a virtual environment: "
            "give a new directory, or one that this command made"
        )


def _stamp(directory: Path) -> Path:
    return directory / "engine.sha256"


def _fingerprint() -> str:
    sources = REQUIREMENTS.read_bytes() + (HERE / "metadata_wheel.py").read_bytes()
    return hashlib.sha256(sources + sys.version.encode()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description="Install vLLM for processors.")
    parser.add_argument("directory", nargs="?", type=Path, default=DEFAULT_DIRECTORY)
    directory = parser.parse_args().directory.absolute()
    done = "installed" if install(directory) else "already installed"
    print(f"vLLM for processors is {done}: {directory / 'bin' / 'vllm'}")


if __name__ == "__main__":
    main()

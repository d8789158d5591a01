"""What holds for every command: help, one line for bad input, quiet ends, read-only places."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import COMMANDS, MISTRAL, answer, complaint, fill_store, parse, run

from db.connection import FILE_NAME

PREDICT = ("predict", "--gpu", "L4", "--model", MISTRAL)
LOAD = ("--input-tokens", "9", "--output-tokens", "1", "--concurrency", "1")


@pytest.fixture(autouse=True)
def _store() -> None:
    fill_store()


def run_process(*words: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from planner.cli import main; main()", *words]
    return subprocess.run(command, text=True, timeout=120, check=False, **options)


def test_the_commands_are_those_that_other_programs_rely_on() -> None:
    names = {path[0] for path in COMMANDS}
    assert {"predict", "memory", "plan", "evaluate", "import", "export", "catalog", "db"} <= names


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_prints_help_with_an_example_that_parses(path: tuple[str, ...]) -> None:
    result = run(*path, "--help")
    assert result.exit_code == 0
    [example] = re.findall(r"Example:\n((?: +.*\n)+)", result.stdout)
    assert example.split()[: 1 + len(path)] == ["planner", *path]
    parse(example)


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_option_says_what_it_is_for(path: tuple[str, ...]) -> None:
    assert [p.name for p in COMMANDS[path].params if not p.help] == []


def test_planner_alone_prints_its_help() -> None:
    result = run()
    assert result.exit_code == 0
    assert "planner plan --documents-per-year" in result.stdout


def test_version_is_that_of_the_package() -> None:
    assert run("--version").stdout == "planner 0.1.0\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("paln",), "No such command 'paln'. Did you mean 'plan'?; see: planner --help"),
        (("--nope",), "No such option: --nope; see: planner --help"),
        (("catalog",), "Missing command; see: planner catalog --help"),
        (("predict",), "Missing option '--gpu'; see: planner predict --help"),
        (("plan", "--budget"), "Option '--budget' requires an argument; see: planner --help"),
        (
            (*PREDICT, "--input-tokens", "abc"),
            "--input-tokens: 'abc' was given; it must be a valid integer; "
            "see: planner predict --help",
        ),
        (
            (*PREDICT, *LOAD, "--quantization", "q4"),
            "--quantization: 'q4' is not one of 'none', 'awq', 'gptq', 'fp8', "
            "'int8', 'mxfp4', 'bitsandbytes', 'nvfp4', 'w4a8'; see: planner predict --help",
        ),
    ],
)
def test_a_wrong_command_line_is_one_line_with_what_to_do(
    words: tuple[str, ...], said: str
) -> None:
    assert complaint(*words) == f"Error: {said}"


@pytest.mark.parametrize("value", ["0", "-5", "nan", "inf", "1e18", "9" * 5000, "8,000", ""])
def test_a_number_of_tokens_that_cannot_be_is_refused_by_name(value: str) -> None:
    line = complaint(*PREDICT, "--input-tokens", value, *LOAD[2:])
    assert line.startswith(f"Error: --input-tokens: '{value[:70]}")
    assert len(line) < 300


@pytest.mark.parametrize(
    "words",
    [
        ("predict", "--gpu", "Q100", "--model", MISTRAL, *LOAD),
        ("predict", "--gpu", "T4", "--model", "nobody/nothing", *LOAD),
        (*PREDICT, *LOAD, "--engine-version", "banana"),
        (*PREDICT, *LOAD, "--exclude-source", "nobody"),
        ("memory", "--gpu", "T4", "--model", MISTRAL, "--gpu-memory-utilization", "nan"),
    ],
)
def test_an_unknown_name_is_refused_with_what_was_given(words: tuple[str, ...]) -> None:
    given = next(w for w in words if w in ("Q100", "nobody/nothing", "banana", "nobody", "nan"))
    assert f"'{given}'" in complaint(*words)


@pytest.mark.parametrize("content", ["", "[]", "null", "[" * 100_000, '{"architectures": 1}'])
def test_a_hostile_config_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.json").write_text(content)
    complaint("memory", "--gpu", "T4", "--model", str(tmp_path / "config.json"))


def test_bytes_that_are_no_text_are_refused() -> None:
    given = os.fsdecode(b"caf\xe9")
    assert "is not UTF-8 text" in complaint("plan", "--name", given)
    assert "is not UTF-8 text" in complaint("export", given)


def test_a_message_never_steers_the_terminal() -> None:
    line = complaint("memory", "--gpu", "\x1b[2J\x07T4\nred", "--model", MISTRAL)
    assert line.isprintable()


@pytest.mark.parametrize(
    "words",
    [
        ("plan",),
        ("memory", "--gpu", "T4", "--model", MISTRAL),
        ("catalog", "gpus"),
        ("db", "status"),
        ("export", "out.csv"),
    ],
)
def test_a_file_that_is_no_database_is_refused_and_left_alone(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / FILE_NAME
    store.write_bytes(b"not a database, but long enough to be read as one" * 40)
    monkeypatch.setenv("PLANNER_DATA_DIR", str(tmp_path))
    assert str(store) in complaint(*words)
    assert store.read_bytes().startswith(b"not a database")
    assert os.listdir(tmp_path) == [FILE_NAME]


def test_a_read_only_store_is_read_and_refuses_additions(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Path(os.environ["PLANNER_DATA_DIR"]) / FILE_NAME
    monkeypatch.setenv("PLANNER_DATABASE_URL", f"sqlite:///{store}?mode=ro")
    assert answer("memory", "--gpu", "L4", "--model", MISTRAL, "--max-model-len", "8192")["fits"]
    offer = ("catalog", "add-offer", "--provider", "own", "--gpu", "T4", "--source", "invoice")
    assert "read-only" in complaint(*offer, "--usd-per-hour", "1")


@pytest.mark.slow
def test_where_no_store_can_be_created_the_packaged_figures_are_used_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = answer(*PREDICT, *LOAD)
    (tmp_path / "file").touch()
    monkeypatch.setenv("PLANNER_DATA_DIR", str(tmp_path / "file" / "below"))
    result = run(*PREDICT, *LOAD, "--json")
    assert result.exit_code == 0
    [warning] = result.stderr.splitlines()
    assert warning.startswith("Warning: no store, the packaged figures are used")
    assert answer(*PREDICT, *LOAD) == expected
    assert {"id", "name", "measurements"} <= set(answer("catalog", "sources")[0])
    complaint("import", str(tmp_path / "file"))


def test_a_store_that_was_named_and_cannot_be_opened_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANNER_DATABASE_URL", f"sqlite:///{tmp_path}")
    assert str(tmp_path) in complaint("plan")


@pytest.mark.slow
def test_a_reader_who_stops_reading_leaves_no_complaint() -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as closed:
        result = run_process("catalog", "gpus", "--json", stdout=closed, stderr=subprocess.PIPE)
    assert result.stderr == ""


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_is_one_line() -> None:
    with open("/dev/full", "w") as full:
        result = run_process("catalog", "gpus", "--json", stdout=full, stderr=subprocess.PIPE)
    assert result.returncode == 2
    [line] = result.stderr.splitlines()
    assert "No space left on device" in line


@pytest.mark.slow
def test_ctrl_c_ends_quietly_with_the_status_of_an_interrupt(tmp_path: Path) -> None:
    waiting = tmp_path / "scenario.yaml"
    os.mkfifo(waiting)
    # A runner in the background ignores SIGINT, and so would the command that inherits it.
    code = "import signal; signal.signal(2, signal.default_int_handler)\n"
    code += "from planner.cli import main; main()"
    command = [sys.executable, "-c", code, "plan", str(waiting)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    with process, waiting.open("w"):  # opens once the command reads the scenario
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output, errors) == (130, b"", b"")


@pytest.mark.slow
def test_help_loads_no_numerical_library() -> None:
    heavy = ["numpy", "sklearn", "scipy", "pandas", "sqlalchemy", "alembic", "typst", "rich"]
    code = (
        "import sys\nfrom planner.cli import app\n"
        "try:\n    app(['plan', '--help'])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.splitlines()[-1] == "[]"

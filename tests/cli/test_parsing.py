"""What is typed: mistakes are answered with the closest thing that exists, and help costs nothing."""

import subprocess
import sys
from collections.abc import Callable

import pytest
from patience import OF_PROCESSES

import torchdemos
from torchdemos import cli

Refusal = Callable[..., str]


def typed(*words: str) -> subprocess.CompletedProcess[str]:
    """The command as its user runs it."""
    return subprocess.run(
        [sys.executable, "-m", "torchdemos", *words], capture_output=True, text=True, timeout=OF_PROCESSES
    )


@pytest.fixture
def refusal(capsys: pytest.CaptureFixture[str]) -> Refusal:
    """The answer to what cannot be done: on stderr, with exit code 2."""

    def refused(*words: str) -> str:
        with pytest.raises(SystemExit) as exit_:
            cli.main(list(words))
        said = capsys.readouterr()
        assert exit_.value.code == 2 and said.out == ""
        return said.err

    return refused


def test_a_refusal_is_the_exit_code_and_the_whole_error_output_of_the_process() -> None:
    ended = typed("xyz")
    assert ended.returncode == 2 and ended.stdout == ""
    assert ended.stderr.startswith("torchdemos: there is no command xyz; ") and ended.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("command", "closest"),
    [("neuron", "neurons"), ("lr", "learning-rate"), ("chain-rule", "gradient-flow"), ("init", "initialization")],
)
def test_a_mistyped_command_is_answered_with_the_closest(refusal: Refusal, command: str, closest: str) -> None:
    expected = f"there is no command {command}; did you mean {closest}? (torchdemos --help explains all)"
    assert refusal(command, "--steps", "3") == f"torchdemos: {expected}\n"


def test_a_command_like_no_other_is_answered_with_all(refusal: Refusal) -> None:
    assert "there is no command xyz; choose from neurons, learning-rate, " in refusal("xyz")


@pytest.mark.parametrize(
    ("command", "flag", "hint"),
    [
        ("neurons", "--stepz=3", "there is no flag --stepz; did you mean --steps?"),
        ("neurons", "--log_dri", "there is no flag --log_dri; did you mean --log-dir?"),
        ("loss", "--widht", "there is no flag --widht"),
        ("open", "--logdir", "there is no flag --logdir"),
        ("open", "--no-brwoser", "there is no flag --no-brwoser; did you mean --no-browser?"),
        ("report", "--ouput", "there is no flag --ouput; did you mean --out?"),
        ("report", "-x", "there is no flag -x"),
    ],
)
def test_an_unknown_flag_is_answered_with_flags_of_its_command(
    refusal: Refusal, command: str, flag: str, hint: str
) -> None:
    assert refusal(command, flag, "3") == f"torchdemos {command}: {hint} (torchdemos {command} --help lists all)\n"


def test_a_flag_before_the_command_is_one_sentence(refusal: Refusal) -> None:
    expected = "torchdemos: write the command before --steps (torchdemos --help explains all)\n"
    assert refusal("--steps", "3", "neurons") == expected


@pytest.mark.parametrize("words", [["--steps", "-3"], ["--steps=-3"], ["--lr", "-1e-3"]])
def test_a_negative_number_is_no_flag(refusal: Refusal, words: list[str]) -> None:
    assert "there is no flag" not in refusal("neurons", *words)


def test_underscores_are_dashes(refusal: Refusal) -> None:
    assert "--steps 0 is too few" in refusal("learning_rate", "--log_dir", "run", "--steps", "0")


def test_words_after_two_dashes_are_no_flags(refusal: Refusal) -> None:
    assert "there is no log folder --gone" in refusal("open", "--", "--gone")


def test_the_version_is_that_of_the_package() -> None:
    ended = typed("--version")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"torchdemos {torchdemos.__version__}\n", "")


@pytest.mark.parametrize("arguments", [["--help"], ["gradient-flow", "--help"], ["neurons", "--help"]])
def test_help_does_not_load_torch(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom torchdemos import cli\n"
        f"try: cli.main({arguments})\nexcept SystemExit: pass\nprint('torch' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "What is a neuron?" in said or "--steps" in said
    assert said.splitlines()[-1] == "False"


@pytest.mark.parametrize("flag", ["depth", "width", "steps", "batch", "repeats"])
@pytest.mark.parametrize("number", [10**8, 2**62, 2**80])
def test_a_number_beyond_any_machine_is_one_sentence(refusal: Refusal, flag: str, number: int) -> None:
    assert f"torchdemos: --{flag} {number} is too many: give " in refusal("gradient-flow", f"--{flag}={number}")

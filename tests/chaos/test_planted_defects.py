"""Defects planted on purpose, each in a copy of the tree, turn a test red: a test that cannot fail proves nothing."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

pytestmark = pytest.mark.chaos

ROOT: Final = Path(__file__).parents[2]
COPIED: Final = ("domain", "commands", "infrastructure", "projections", "queries", "workers", "tests")
RUN_MAX_S: Final = 60.0
END_MAX_S: Final = 15.0

FOLLOWER: Final = "workers/follower.py"
APPEND: Final = "infrastructure/migrations/0003_append.sql"
NEWS: Final = "workers/actors/news.py"
GUARDS: Final = "tests/chaos/test_guards.py"
LOCK: Final = "    PERFORM pg_advisory_xact_lock(824150001);\n"
KEYS_CHECKED: Final = """        LOOP
            refused[hit.n] := hit.why;
        END LOOP;
    END IF;
"""


@dataclass(frozen=True)
class Defect:
    """Texts of a file and what stands there instead; the quickest test that meets it, and what that says then."""

    name: str
    file: str
    instead: tuple[tuple[str, str], ...]
    test: str
    says: str


DEFECTS: Final = (
    Defect(
        "the checkpoint is committed before the rows",
        FOLLOWER,
        (
            (
                "        projector_of(connection, followed.schema).write(changes)\n",
                "    projector_of(connection, followed.schema).write(changes)\n",
            ),
        ),
        f"{GUARDS}::test_rows_that_cannot_be_written_leave_the_checkpoint_before_them",
        "assert [(1,)] == [(0,)]",
    ),
    Defect(
        "the lock of the log is dropped",
        APPEND,
        ((LOCK, ""),),
        f"{GUARDS}::test_two_processes_take_turns_and_leave_no_gap[commit-2]",
        "UniqueViolation",
    ),
    Defect(
        "a poison event is skipped",
        FOLLOWER,
        (
            (
                '            raise PoisonEvent(rows[0][0], f"{type(error).__name__}: {error}") from error\n',
                "            _apply(connection, followed, [], position, read_to)\n            return\n",
            ),
        ),
        "tests/integration/test_follower_faults.py::TestPoison::test_what_stands_before_it_is_applied_exactly_once",
        "DID NOT RAISE",
    ),
    Defect(
        "keys are looked up before the lock is held",
        APPEND,
        ((LOCK, ""), (KEYS_CHECKED, KEYS_CHECKED + LOCK)),
        f"{GUARDS}::test_a_key_that_another_process_is_answering_at_this_moment_is_known",
        "UniqueViolation",
    ),
    Defect(
        "the fence is not checked",
        APPEND,
        (("WHERE task_id = a.task_id AND fence = a.fence AND state = 'running'", "WHERE task_id = a.task_id"),),
        "tests/integration/test_event_log_refusals.py::TestRefusals"
        "::test_a_stale_fence_is_refused_and_the_right_one_closes_the_task",
        "DID NOT RAISE",
    ),
    Defect(
        "a checkpoint that was moved meanwhile is overwritten",
        FOLLOWER,
        (("WHERE f.position = %s", "WHERE %s::bigint IS NOT NULL"),),
        "tests/integration/test_follower_faults.py::TestBatches"
        "::test_a_checkpoint_that_was_moved_meanwhile_is_never_overwritten",
        "AssertionError",
    ),
    Defect(
        "each attempt has an idempotency key of its own",
        "workers/hands.py",
        (('send(f"{task.kind}:{task.task_id}" + (', 'send(f"{task.kind}:{task.task_id}:{task.attempt}" + ('),),
        "tests/integration/test_slow_stripe.py::test_a_refund_that_stripe_is_slow_to_begin_is_made_once",
        "assert len(made()) <= 1",
    ),
    Defect(
        "what a webhook says is believed",
        NEWS,
        (
            ("return _news_of_intent(hands, object_id)", "return _news_of_intent(hands, object_id, kind)"),
            ("def _news_of_intent(hands: Hands, intent_id: str)", "def _news_of_intent(hands, intent_id, kind)"),
            (
                "    return RecordPayment(payment_id, hands.stripe.payments.fetch(intent_id))\n",
                (
                    "    from commands.record_payment import Intent\n"
                    "    said = kind.rpartition('.')[2]\n"
                    "    seen = Intent(intent_id, said, payment.amount_minor, payment.currency, charge_id='ch_said')\n"
                    "    return RecordPayment(payment_id, seen)\n"
                ),
            ),
        ),
        "tests/integration/test_news_is_a_hint.py"
        "::test_a_payment_that_waits_for_its_cardholder_is_not_captured_because_a_webhook_says_so",
        "assert head(world) == before",
    ),
)


@contextmanager
def copied() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="travellr-planted-") as name:
        folder = Path(name)
        for part in COPIED:
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", folder)
        yield folder


def plant(defect: Defect, folder: Path) -> None:
    """A text that is not there, or twice, means that the code has changed: adapt the defect to it, do not drop it."""
    file = folder / defect.file
    text = file.read_text()
    for right, wrong in defect.instead:
        assert text.count(right) == 1, f"{defect.file} has changed: {right!r} is in it {text.count(right)} times"
        text = text.replace(right, wrong)
    file.write_text(text)


def python(folder: Path, *arguments: str) -> tuple[int, str]:
    """The exit status and the output of a Python that imports the copy."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            said, _ = process.communicate(timeout=RUN_MAX_S)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)  # So that it stops its PostgreSQL.
            try:
                process.communicate(timeout=END_MAX_S)
            finally:
                process.kill()
            raise
    return process.returncode, said


def run(folder: Path, *tests: str) -> tuple[int, str]:
    return python(folder, "-m", "pytest", "-p", "no:cacheprovider", *tests)


def test_the_copy_is_what_is_imported_and_all_is_well_with_it() -> None:
    with copied() as folder:
        _, imported = python(
            folder, "-c", "import infrastructure, workers; print(infrastructure.__file__, workers.__file__)"
        )
        assert imported.split() == [str(folder / part / "__init__.py") for part in ("infrastructure", "workers")]
        status, said = run(folder, *(defect.test for defect in DEFECTS))
    assert status == 0, said
    assert f"{len(DEFECTS)} passed" in said


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_test_turns_red_when(defect: Defect) -> None:
    with copied() as folder:
        plant(defect, folder)
        status, said = run(folder, defect.test)
    assert status == pytest.ExitCode.TESTS_FAILED, said
    assert "1 failed" in said.splitlines()[-1], said
    assert defect.says in said

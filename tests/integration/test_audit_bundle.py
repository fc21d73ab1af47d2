"""What leaves the house: a bundle, and a statement's proofs, checked by one file on a machine with nothing of ours."""

import asyncio
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from commands.erase_account import EraseAccount
from infrastructure.audit import offline_verifier
from infrastructure.audit.bundle import NotSealed, export
from infrastructure.audit.console import verify_now
from infrastructure.audit.keys import SealKeys
from infrastructure.cli.audit import app
from infrastructure.embedded.postgres import PostgresServer
from infrastructure.settings import load_settings
from tests.integration.conftest import Http, is_problem
from tests.integration.journey import Journey, registered
from tests.integration.sealed import EVENTS, Sealed, seal_all, sealed_log
from tests.integration.servers import own_database
from tests.integration.world import World, world_on

TOLD = tuple[int, str]


@pytest.fixture(scope="module")
def sealed(cluster: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sealed]:
    with own_database(cluster) as url, sealed_log(url, tmp_path_factory.mktemp("home")) as sealed:
        yield sealed


def elsewhere(folder: Path, *arguments: str) -> TOLD:
    """Run the verifier where nothing of ours can be imported; its exit code and what it says."""
    folder.mkdir(exist_ok=True)
    program = shutil.copy(offline_verifier.__file__, folder / "verify.py")
    ran = subprocess.run(
        [sys.executable, "-I", str(program), *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    return ran.returncode, ran.stdout + ran.stderr


def changed(bundle: Path, out: Path, name: str, old: str, new: str) -> str:
    with zipfile.ZipFile(bundle) as before, zipfile.ZipFile(out, "w") as after:
        for member in before.namelist():
            text = before.read(member).decode()
            if member == name:
                assert old in text
                text = text.replace(old, new, 1)
            after.writestr(member, text)
    return str(out)


@pytest.mark.parametrize(("first", "last"), [(1, None), (1, 250), (2, 299), (101, 300), (77, 133), (300, 300)])
def test_any_part_of_the_log_is_valid_elsewhere(sealed: Sealed, tmp_path: Path, first: int, last: int | None) -> None:
    out = tmp_path / "part.zip"
    made = export(sealed.database, out, first, last)
    code, said = elsewhere(tmp_path / "away", str(out))
    assert (code, f"HOLDS: {made.last - first + 1} events" in said) == (0, True), said
    (tmp_path / "heads.jsonl").write_text("".join(f"{head.line}\n" for head in sealed.delivered))
    assert elsewhere(tmp_path / "away", str(out), "--heads", str(tmp_path / "heads.jsonl"))[0] == 0


def test_what_was_changed_in_a_bundle_is_found(sealed: Sealed, tmp_path: Path) -> None:
    bundle, out, away = tmp_path / "whole.zip", tmp_path / "changed.zip", tmp_path / "away"
    export(sealed.database, bundle)
    newest = sealed.delivered[-1]
    assert elsewhere(away, str(bundle), "--key", newest.as_dict()["public_key"])[0] == 0
    assert elsewhere(away, str(bundle), "--key", "A" * 43 + "=")[0] == 1
    for name, old, new in (
        ("events.jsonl", '"position": 7,', '"position": 8,'),
        ("events.jsonl", '"version": 2', '"version": 3'),
        ("events.jsonl", "vendor.cadence_chosen", "vendor.cadence_chose"),
        ("events.jsonl", '"recorded_at_us": 1', '"recorded_at_us": 2'),
        ("heads.jsonl", newest.root.hex(), sealed.delivered[0].root.hex()),
        ("manifest.json", '"last": 300', '"last": 301'),
    ):
        code, said = elsewhere(away, changed(bundle, out, name, old, new))
        assert (code, said.startswith("WRONG: ")) == (1, True), (name, old, said)


def test_a_rewritten_history_is_found_elsewhere_by_the_heads_that_were_kept(sealed: Sealed, tmp_path: Path) -> None:
    out, kept = tmp_path / "rewritten.zip", tmp_path / "heads.jsonl"
    kept.write_text("".join(f"{head.line}\n" for head in sealed.delivered))
    with sealed.database.transaction(force_rollback=True):
        sealed.database.execute("UPDATE log.events SET state = state || ' ' WHERE notification_id = 120")
        for table in ("strip", "checkpoint", "head"):
            sealed.database.execute(f"DELETE FROM seal.{table}".encode())
        sealed.seal()
        export(sealed.database, out)
    assert elsewhere(tmp_path / "away", str(out))[0] == 0, "by itself it is well sealed"
    code, said = elsewhere(tmp_path / "away", str(out), "--heads", str(kept))
    assert (code, "positions 101 to 150" in said) == (1, True), said


def test_what_no_head_covers_is_not_exported(sealed: Sealed, tmp_path: Path) -> None:
    for first, last in ((1, EVENTS + 1), (200, 100)):
        with pytest.raises(NotSealed):
            export(sealed.database, tmp_path / "out.zip", first, last)


def test_ten_people_are_erased_and_everything_stays_valid(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = load_settings({}, home=tmp_path, database_url=database_url)
    keys = SealKeys.of(settings)
    with world_on(database_url, tmp_path) as world:
        people = [registered(world, "traveller") for _ in range(10)]
        world.settle()
        seal_all(world.own, keys)
        for person in people:
            assert person.account_id is not None
            world.do(EraseAccount(person.account_id), person)
        world.settle()
        assert world.rows("SELECT 1 FROM people.identity") == []
        seal_all(world.own, keys)
        export(world.own, tmp_path / "after.zip")
    assert verify_now(settings, None, as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["found"] == []
    code, said = elsewhere(tmp_path / "away", str(tmp_path / "after.zip"))
    assert code == 0, said


@pytest.mark.anyio
async def test_heads_and_proofs_over_http_and_a_statement_proved_elsewhere(http: Http, tmp_path: Path) -> None:
    url = http.settings.database_url
    assert url is not None
    with world_on(url, http.settings.home) as world:
        journey = await asyncio.to_thread(_earned, world)
        keys = SealKeys.of(http.settings)
        await asyncio.to_thread(seal_all, world.own, keys)
        size = world.row("SELECT max(notification_id) FROM log.events")[0]
    await http.sign_in_as("vera", journey.vendor_id, "vendor")
    await http.join_staff("aud", "auditor")
    await http.follow()

    listed = (await http("GET", "/audit/checkpoints", "aud")).json()
    assert [head["tree_size"] for head in listed["items"]] == [size]
    proof = (await http("GET", f"/audit/proof?position={size // 2}", "aud")).json()
    found = offline_verifier.root_of_inclusion(
        bytes.fromhex(proof["leaf"]), size // 2 - 1, size, [bytes.fromhex(step) for step in proof["proof"]]
    )
    assert (found or b"").hex() == proof["root"] == listed["items"][0]["root"]
    told = (await http("GET", f"/audit/consistency?from=5&to={size}", "aud")).json()
    roots = (bytes.fromhex(told["first_root"]), bytes.fromhex(told["second_root"]))
    steps = [bytes.fromhex(step) for step in told["proof"]]
    assert offline_verifier.is_consistent(5, roots[0], size, roots[1], steps)
    assert not offline_verifier.is_consistent(5, roots[1], size, roots[1], steps)
    assert is_problem(await http("GET", f"/audit/proof?position={size + 1}", "aud"), 404)
    assert is_problem(await http("GET", "/audit/consistency?from=7&to=5", "aud"), 422)
    assert is_problem(await http("GET", "/audit/checkpoints", "vera"), 403)

    answer = await http("GET", "/vendors/me/statement/proofs", "vera")
    statement = answer.json()
    assert len(statement["items"]) == 2
    file = tmp_path / "statement.json"
    file.write_text(answer.text)
    code, said = await asyncio.to_thread(elsewhere, tmp_path / "away", "--statement", str(file))
    assert (code, "HOLDS: 2 lines are in the tree of head 1" in said) == (0, True), said
    statement["items"][0]["event"]["version"] += 1
    file.write_text(json.dumps(statement))
    assert (await asyncio.to_thread(elsewhere, tmp_path / "away", "--statement", str(file)))[0] == 1


def _earned(world: World) -> Any:
    journey = Journey(world)
    journey.earned(*(journey.confirmed() for _ in range(2)))
    return journey


def test_the_command_line_says_what_it_found(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRAVELLR_HOME", str(tmp_path))
    monkeypatch.setenv("TRAVELLR_DATABASE_URL", database_url)
    heads, out, runner = tmp_path / "given.jsonl", tmp_path / "out.zip", CliRunner()
    with sealed_log(database_url, tmp_path, events=30, heads=3) as sealed:
        printed = runner.invoke(app, ["heads", "--after", "1"])
        assert [json.loads(line)["number"] for line in printed.stdout.splitlines()] == [2, 3]
        heads.write_text(printed.stdout)
        fine = runner.invoke(app, ["verify", "--heads", str(heads)])
        assert (fine.exit_code, "The log is what was sealed." in fine.stdout) == (0, True), fine.output
        assert runner.invoke(app, ["export", "--out", str(out), "--from", "5"]).exit_code == 0
        assert elsewhere(tmp_path / "away", str(out))[0] == 0
        assert runner.invoke(app, ["export", "--out", str(out), "--to", "31"]).exit_code == 2
        sealed.database.execute("DELETE FROM log.events WHERE notification_id = 17")
        wrong = runner.invoke(app, ["verify"])
        assert (wrong.exit_code, "position 17: deleted" in wrong.stdout) == (1, True), wrong.output
        assert sealed.database.execute("SELECT holds FROM seal.verification ORDER BY 1").fetchall() == [
            (False,),
            (True,),
        ]

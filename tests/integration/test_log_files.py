"""Old log files are compressed: nothing is lost, and nothing that is still written to is touched."""

import gzip
import os
from pathlib import Path
from uuid import uuid4

from infrastructure import up_state
from infrastructure.home_lock import home_lock
from infrastructure.housekeeping.log_files import compress
from infrastructure.housekeeping.rounds import look_around, tidy_up
from infrastructure.up_state import UpState
from tests.integration.tidying import house_of, jobs, logs, written
from tests.integration.world import World


def test_what_was_said_and_when_stays_the_same(world: World) -> None:
    file = written(logs(world), "api.log.2", 100)
    said, at = file.read_bytes(), file.stat().st_mtime_ns
    assert [t.done for t in tidy_up(house_of(world), uuid4(), jobs("gzip_logs"))] == [1]
    (packed,) = logs(world).iterdir()
    assert (gzip.decompress(packed.read_bytes()), packed.stat().st_mtime_ns) == (said, at)
    assert packed.stat().st_size < len(said) / 10
    inode = packed.stat().st_ino
    assert [t.done for t in tidy_up(house_of(world), uuid4(), jobs("gzip_logs"))] == [0]
    assert packed.stat().st_ino == inode


def test_what_a_part_of_the_running_system_writes_is_left_alone(world: World) -> None:
    for name in ("api.log", "api.log.1", "gone.log", "notes.txt", "audit-heads.jsonl"):
        written(logs(world), name, 100)
    home = world.settings.home
    with home_lock(home, "here"):
        assert [t.found for t in look_around(house_of(world), jobs("gzip_logs"))] == [1], "who writes is not known"
        UpState(1, "here", children={"api": 1}).write(home)
        tidy_up(house_of(world), uuid4(), jobs("gzip_logs"))
        up_state.remove(home)
    names = sorted(file.name for file in logs(world).iterdir())
    assert [name for name in names if not name.endswith(".gz")] == ["api.log", "audit-heads.jsonl", "notes.txt"]
    assert [name.split(".")[0] for name in names if name.endswith(".gz")] == ["api", "gone"]


def test_two_of_one_second_both_stay(tmp_path: Path) -> None:
    files = [written(tmp_path, name, 100) for name in ("api.log.1", "api.log.2")]
    at = files[0].stat().st_mtime
    os.utime(files[1], (at, at))
    said = {file.read_bytes() for file in files}
    assert {gzip.decompress(compress(file).read_bytes()) for file in files} == said


def test_killed_between_any_two_of_its_steps_the_file_is_there_once(tmp_path: Path) -> None:
    """What each kill would leave behind: taken out of the rotation, half written, and written but not removed."""
    packed = compress(written(tmp_path, "api.log.1", 100))
    said = gzip.decompress(packed.read_bytes())
    plain = packed.with_suffix("")
    for left in (b"", b"half", packed.read_bytes()):
        plain.write_bytes(said)
        plain.with_name(plain.name + ".part").write_bytes(left)
        os.utime(plain, ns=(packed.stat().st_mtime_ns,) * 2)
        assert compress(plain) == packed
        assert [file.name for file in tmp_path.iterdir()] == [packed.name]
        assert gzip.decompress(packed.read_bytes()) == said

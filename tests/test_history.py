"""Every change of a layer is kept, can be taken back, and cannot be altered unnoticed."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from erdao_geo import StorageError, Workspace
from erdao_geo.history import Entry, History, SourceFile, compare
from erdao_geo.history.revision import parse

ROOT = Path(__file__).parents[1]
STORE = Path(".erdao-geo") / "history"
NOON = dt.datetime(2022, 6, 30, 12, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def write(history: History, text: str, layer: str = "roads", **entry):
    data = history.root / "data" / f"{layer}.geojson"
    return history.commit(layer, data, text, Entry("write", "test", **entry))


def undo(history: History, number: int | None = None, layer: str = "roads"):
    data = history.root / "data" / f"{layer}.geojson"
    return history.undo(layer, data, number, command="test")


def stored(history: History, layer: str = "roads") -> bytes:
    return (history.root / "data" / f"{layer}.geojson").read_bytes()


def edit(history: History, text: str, layer: str = "roads") -> None:
    (history.root / "data" / f"{layer}.geojson").write_bytes(text.encode())


@pytest.fixture
def history(tmp_path: Path) -> History:
    return fresh(tmp_path)


def fresh(root: Path, **options) -> History:
    for name in ("data", "layers"):
        (root / name).mkdir()
    for layer in ("roads", "mines"):
        (root / "data" / f"{layer}.geojson").write_bytes(b"old")
        (root / "layers" / f"{layer}.toml").write_text(f'title = "{layer}"', "utf-8")
    (root / "plan.toml").write_text("[plan]", "utf-8")
    return History(root, **options)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    for name in ("layers", "data", "maps"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "plan.toml", tmp_path)
    return Workspace(tmp_path)


# --- What is kept ---------------------------------------------------------------------------------


def test_the_first_change_keeps_what_was_there(history: History) -> None:
    done = write(history, "new")
    baseline, change = history.revisions()
    assert (baseline.number, baseline.kind, baseline.before) == (1, "baseline", None)
    assert history.content(baseline) == b"old"
    assert (change, done.number, done.kind) == (done, 2, "write")
    assert (change.before, stored(history)) == (baseline.after, b"new")


def test_an_edit_by_another_program_is_kept_before_the_next_change(history: History) -> None:
    write(history, "first")
    edit(history, "from QGIS")
    write(history, "second")
    kinds = [revision.kind for revision in history.revisions()]
    assert kinds == ["baseline", "write", "outside", "write"]
    assert [history.content(r) for r in history.revisions()][2:] == [b"from QGIS", b"second"]


def test_the_same_bytes_are_no_revision(history: History) -> None:
    assert write(history, "old") is None
    assert not (history.root / STORE).exists()
    write(history, "new")
    assert write(history, "new") is None
    assert len(history.revisions()) == 2


def test_a_revision_says_who_when_what_and_from_where(history: History) -> None:
    source = SourceFile("道路.shp", "ab" * 32)
    write(history, "new", source=source, counts={"added": 3}, note="第一批")
    said = json.loads((history.root / STORE / "revisions" / "000002.json").read_bytes())
    assert said["source"] == {"name": "道路.shp", "sha256": "ab" * 32}
    assert (said["counts"], said["note"], said["command"]) == ({"added": 3}, "第一批", "test")
    assert said["after"] == hashlib.sha256(b"new").hexdigest()
    assert dt.datetime.fromisoformat(said["time"]).tzinfo is not None
    assert said["who"]
    assert history.revisions()[-1].as_dict() == said


def test_the_plan_and_the_definition_of_the_day_are_kept(history: History) -> None:
    write(history, "new")
    (history.root / "plan.toml").write_text("[plan] # later", "utf-8")
    write(history, "newer")
    plans = [history.content(revision.plan) for revision in history.revisions()]
    assert plans == [b"[plan]", b"[plan]", b"[plan] # later", b"[plan] # later"]
    assert history.content(history.revisions()[0].definition) == b'title = "roads"'


def test_a_file_is_moved_into_place(history: History) -> None:
    new = history.root / "data" / "made.tmp"
    new.write_bytes(b"made")
    data = history.root / "data" / "roads.geojson"
    history.commit("roads", data, new, Entry("import", "test"))
    assert (data.read_bytes(), new.exists()) == (b"made", False)
    assert list(history.root.rglob("*.tmp")) == []


def test_a_change_made_from_another_state_is_refused(history: History) -> None:
    read = hashlib.sha256(b"old").hexdigest()
    write(history, "by another")
    data = history.root / "data" / "roads.geojson"
    with pytest.raises(StorageError, match="was changed since it was read"):
        history.commit("roads", data, "mine", Entry("write", "test"), as_known=read)
    assert (stored(history), len(history.revisions())) == (b"by another", 2)


# --- The past -------------------------------------------------------------------------------------

LAYERS = st.sampled_from(["roads", "mines"])
CONTENTS = st.sampled_from(["", "a", "b", "道路", "x" * 5000]) | st.text(max_size=5)
STEPS = st.one_of(
    st.tuples(st.just("write"), LAYERS, CONTENTS),
    st.tuples(st.just("edit"), LAYERS, CONTENTS),
    st.tuples(st.just("undo"), LAYERS, st.integers(0, 3)),
)


@settings(deadline=None, max_examples=60)
@given(script=st.lists(STEPS, max_size=12))
def test_every_past_revision_rebuilds_byte_for_byte(script, tmp_path_factory) -> None:
    history = fresh(tmp_path_factory.mktemp("script"))
    seen: dict[int, bytes] = {}  # what stood in the file after each revision
    for step, layer, what in script:
        before, known = stored(history, layer), len(seen)
        if step == "edit":
            edit(history, what, layer)
            continue
        try:
            done = (
                write(history, what, layer)
                if step == "write"
                else undo(history, max(seen) - what if what and seen else None, layer)
            )
        except StorageError:
            assert stored(history, layer) == before
            done = None
        for revision in history.revisions()[known:]:
            is_done = done is not None and revision.number == done.number
            seen[revision.number] = stored(history, layer) if is_done else before
        if done is not None and step == "write":
            assert stored(history, layer) == what.encode()
    assert {r.number: history.content(r) for r in history.revisions()} == seen
    assert [r.number for r in history.revisions()] == list(range(1, len(seen) + 1))
    assert history.verify() == []


def test_a_layer_is_as_it_stood_at_any_revision_or_day(tmp_path: Path) -> None:
    days = iter([NOON + dt.timedelta(days=n) for n in (0, 0, 1, 2)])
    history = fresh(tmp_path, clock=lambda: next(days))
    write(history, "one")  # 1 and 2, on the first day
    write(history, "mine", "mines")  # 3 and 4
    assert history.content(history.at("roads", 4)) == b"one"
    assert history.content(history.at("roads", 1)) == b"old"
    assert history.at("roads", NOON.date()).number == 2
    assert history.at("mines", dt.date(2022, 7, 31)).number == 4
    assert history.at("mines", NOON + dt.timedelta(days=1, hours=1)).number == 3


@pytest.mark.parametrize(
    ("layer", "when", "message"),
    [
        ("mines", 2, "mines: what it was at 2 is not known; its history begins with revision 3"),
        ("roads", dt.date(2022, 6, 29), "roads: what it was at 2022-06-29 is not known"),
        ("roads", 9, "there is no revision 9; the last is 4"),
        ("roads", 0, "there is no revision 0; the last is 4"),
        ("parks", 1, "parks: has no history"),
    ],
)
def test_what_is_not_known_is_said(layer, when, message, tmp_path: Path) -> None:
    history = fresh(tmp_path, clock=lambda: NOON)
    write(history, "one")
    write(history, "two", "mines")
    with pytest.raises(StorageError, match=message):
        history.at(layer, when)


def test_a_clock_that_goes_backwards_does_not_break_the_log(tmp_path: Path) -> None:
    hours = iter([2, 2, 1, 3])
    history = fresh(tmp_path, clock=lambda: NOON + dt.timedelta(hours=next(hours)))
    for text in ("one", "two", "three"):
        write(history, text)
    times = [revision.time for revision in history.revisions()]
    assert times == [NOON + dt.timedelta(hours=n) for n in (2, 2, 2, 3)]
    clocks = [revision.clock for revision in history.revisions()]
    assert clocks == [None, None, NOON + dt.timedelta(hours=1), None]
    assert history.content(history.at("roads", NOON + dt.timedelta(hours=2))) == b"two"
    assert history.verify() == []


# --- Undo -----------------------------------------------------------------------------------------


def test_undo_steps_back_through_the_changes_and_is_itself_recorded(history: History) -> None:
    for text in ("one", "two", "three"):
        write(history, text)
    states = []
    for _ in range(3):
        undo(history)
        states.append(stored(history))
    assert states == [b"two", b"one", b"old"]
    assert [r.undoes for r in history.revisions()] == [None] * 4 + [4, 3, 2]
    with pytest.raises(StorageError, match="roads: has no change to undo"):
        undo(history)


def test_undoing_an_undo_brings_back_what_it_took(history: History) -> None:
    write(history, "one")
    write(history, "two")
    taken = undo(history)
    undo(history, taken.number)
    assert stored(history) == b"two"
    with pytest.raises(StorageError, match=r"revision 4 is undone already, by revision 5"):
        undo(history, 4)
    undo(history)
    assert stored(history) == b"one"


def test_a_change_that_others_stand_on_is_not_undone(history: History) -> None:
    write(history, "one")
    write(history, "two")
    with pytest.raises(StorageError, match="revision 2 cannot be undone, revision 3 stands on it"):
        undo(history, 2)
    assert stored(history) == b"two"
    undo(history, 3)
    undo(history, 2)
    assert stored(history) == b"old"


def test_an_undo_of_an_older_change_is_redone_in_order_only(history: History) -> None:
    write(history, "one")
    write(history, "two")
    undo(history)  # 4 undoes 3
    undo(history)  # 5 undoes 2
    with pytest.raises(StorageError, match="revision 4 cannot be undone, revision 5 stands on it"):
        undo(history, 4)
    undo(history, 5)
    undo(history, 4)
    assert stored(history) == b"two"


def test_an_edit_by_another_program_is_the_last_change(history: History) -> None:
    write(history, "one")
    edit(history, "by hand")
    data = history.root / "data" / "roads.geojson"
    assert history.undoable("roads", data).kind == "outside"
    assert undo(history).undoes == 3
    assert stored(history) == b"one"
    undo(history, 4)
    assert stored(history) == b"by hand"


def test_other_layers_do_not_stand_in_the_way(history: History) -> None:
    write(history, "one")
    write(history, "other", "mines")
    undo(history)
    assert (stored(history), stored(history, "mines")) == (b"old", b"other")


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (1, "is what was there before the first change"),
        (7, "has no revision 7; the last are: 1, 2"),
    ],
)
def test_what_is_no_change_is_not_undone(number, message, history: History) -> None:
    write(history, "one")
    with pytest.raises(StorageError, match=message):
        undo(history, number)


# --- Tampering and damage -------------------------------------------------------------------------


def three(history: History) -> Path:
    for text in ("one", "two", "three"):  # revisions 2 to 4; 1 is what was there
        write(history, text)
    return history.root / STORE


def blob(history: History, number: int) -> Path:
    sha = next(r.after for r in history.revisions() if r.number == number)
    return history.root / STORE / "blobs" / sha[:2] / f"{sha}.zst"


def flip(path: Path, at: int = -1) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def alter(store: Path, old: str, new: str, number: int = 3) -> None:
    path = store / "revisions" / f"{number:06d}.json"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def cut_tail(store: Path) -> None:
    (store / "revisions" / "000004.json").unlink()


def forge_tail(store: Path) -> None:
    content = (store / "revisions" / "000004.json").read_text("utf-8")
    forged = content.replace('"revision": 4', '"revision": 5')
    (store / "revisions" / "000005.json").write_text(forged, "utf-8")


TAMPERING: dict[str, tuple[Callable[[Path], object], set]] = {
    "who did it": (
        lambda store: alter(store, '"command": "test"', '"command": "nobody"'),
        {(3, "revision-tampered", True)},
    ),
    "the revision it follows": (
        lambda store: alter(store, '"previous": "', '"previous": "' + "0" * 64 + '", "x": "'),
        {(3, "revision-tampered", True)},
    ),
    "the link to the one before": (
        lambda store: alter(store, '"previous": "', '"previous": "0000" , "x": "'),
        {(3, "revision-damaged", True)},
    ),
    "half a revision": (
        lambda store: alter(store, '"layer"', ""),
        {(3, "revision-damaged", True)},
    ),
    "a missing revision": (
        lambda store: (store / "revisions" / "000002.json").unlink(),
        {(2, "revision-missing", True)},
    ),
    "a cut tail": (cut_tail, {(4, "revision-missing", True)}),
    "an added tail": (forge_tail, {(5, "revision-unannounced", True)}),
    "a missing HEAD": (lambda store: (store / "HEAD").unlink(), {(None, "head-missing", False)}),
    "a damaged HEAD": (
        lambda store: (store / "HEAD").write_text("{", "utf-8"),
        {(None, "head-damaged", False)},
    ),
}


@pytest.mark.parametrize("kind", TAMPERING)
def test_tampering_with_the_log_is_found_and_named(kind: str, history: History) -> None:
    store = three(history)
    assert history.verify() == []
    act, found = TAMPERING[kind]
    act(store)
    assert {(f.revision, f.rule, f.lost) for f in history.verify()} == found


@pytest.mark.parametrize(
    ("act", "rule"),
    [
        (Path.unlink, "content-missing"),
        (flip, "content-damaged"),
        (lambda path: flip(path, 9), "content-damaged"),
        (lambda path: path.write_bytes(path.read_bytes()[:-3]), "content-damaged"),
        (lambda path: path.write_bytes(b""), "content-damaged"),
    ],
)
def test_damaged_content_is_found_with_the_revisions_that_need_it(act, rule, history) -> None:
    three(history)
    number = 3
    act(blob(history, number))
    faults = history.verify()
    assert {f.rule for f in faults} == {rule}
    assert {f.revision for f in faults if f.lost} == {number}
    assert {f.revision for f in faults} == {number, 4}  # undoing 4 would put it back
    with pytest.raises(StorageError, match=r"is (missing|damaged)"):
        history.content(history.at("roads", number))


def test_another_content_in_its_place_is_found(history: History) -> None:
    three(history)
    blob(history, 3).write_bytes(blob(history, 2).read_bytes())
    assert {f.revision for f in history.verify() if f.lost} == {3}


def test_two_revisions_with_one_content_both_suffer(history: History) -> None:
    for text in ("one", "two", "one"):
        write(history, text)
    blob(history, 2).unlink()
    assert {f.revision for f in history.verify() if f.lost} == {2, 4}


def test_damage_stands_in_no_other_revisions_way(history: History) -> None:
    store = three(history)
    alter(store, '"layer"', "", number=2)
    assert [r.number for r in history.revisions()] == [1, 3, 4]
    assert history.unreadable() == [2]
    write(history, "four")
    assert undo(history).undoes == 5
    assert [(f.revision, f.lost) for f in history.verify()] == [(2, True)]


def test_a_revision_that_was_put_in_behind_head_is_not_believed(history: History) -> None:
    forge_tail(three(history))
    assert [r.number for r in history.revisions()] == [1, 2, 3, 4]
    assert write(history, "six").number == 6
    assert {f.revision for f in history.verify()} == {5}


def test_a_past_that_a_damaged_revision_may_have_made_is_refused(history: History) -> None:
    store = three(history)
    write(history, "other", "mines")  # 5 and 6
    alter(store, '"after": "', '"after": "' + "0" * 64 + '", "x": "', number=3)
    with pytest.raises(StorageError, match="revision 3 cannot be read; `erdao-geo history verify`"):
        history.at("roads", 3)
    with pytest.raises(StorageError, match="roads: revision 3 cannot be read, so what it was at"):
        history.at("roads", history.revisions("roads")[1].time)
    assert history.content(history.at("roads", 6)) == b"three"
    assert history.content(history.at("mines", 6)) == b"other"


def test_no_change_is_undone_over_one_that_cannot_be_read(history: History) -> None:
    store = three(history)
    (store / "revisions" / "000003.json").unlink()
    undo(history)
    with pytest.raises(StorageError, match="is not what revision 2 left, and what came between"):
        undo(history)
    assert stored(history) == b"two"


def test_undo_to_a_damaged_content_changes_nothing(history: History) -> None:
    three(history)
    flip(blob(history, 3))
    with pytest.raises(StorageError, match="is damaged"):
        undo(history)
    assert (stored(history), len(history.revisions())) == (b"three", 4)
    assert list((history.root / "data").glob(".*")) == []


@pytest.mark.parametrize("layer", ["../plan", "a/b", r"..\plan", ".hidden", ""])
def test_a_revision_whose_layer_leads_elsewhere_is_none(layer: str, history: History) -> None:
    content = write(history, "new").to_bytes()
    assert parse(content).layer == "roads"
    with pytest.raises(ValueError, match="where a layer should be"):
        parse(content.replace(b'"layer": "roads"', f'"layer": {json.dumps(layer)}'.encode()))


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(b"")])
def test_what_stands_is_kept_anew_before_it_is_replaced(harm, history: History) -> None:
    done = write(history, "only copy")
    harm(blob(history, done.number))
    write(history, "next")
    assert history.verify() == []
    undo(history)
    assert stored(history) == b"only copy"


def test_a_damaged_content_is_mended_when_it_is_written_again(history: History) -> None:
    write(history, "a")
    write(history, "b")
    blob(history, 2).write_bytes(b"")
    write(history, "a")
    assert history.verify() == []


def test_a_change_of_the_same_length_is_a_change(history: History) -> None:
    for text in ("aaa", "bbb", "bbb", "aaa"):
        write(history, text)
    assert [history.content(r) for r in history.revisions()] == [b"old", b"aaa", b"bbb", b"aaa"]


def test_a_cut_tail_is_still_noticed_after_the_next_change(history: History) -> None:
    store = three(history)
    cut_tail(store)
    assert write(history, "five").number == 6  # 5 is what was found in the file
    assert {f.revision for f in history.verify() if f.lost} == {4}


def test_a_revision_chain_links_each_file_to_the_one_before(history: History) -> None:
    store = three(history)
    files = [path.read_bytes() for path in sorted((store / "revisions").iterdir())]
    for before, after in pairwise(files):
        assert json.loads(after)["previous"] == hashlib.sha256(before).hexdigest()
    head = json.loads((store / "HEAD").read_bytes())
    assert head == {"revision": 4, "sha256": hashlib.sha256(files[-1]).hexdigest()}


# --- Through the workspace ------------------------------------------------------------------------


def test_undo_of_a_write_restores_the_file(workspace: Workspace) -> None:
    path = workspace.root / "data" / "mines.geojson"
    before = path.read_bytes()
    workspace.write("mines", workspace.features("mines").assign(name="另一"))
    assert path.read_bytes() != before
    assert workspace.log("mines")[-1].entry.counts["updated"] == len(workspace.features("mines"))
    workspace.undo()
    assert path.read_bytes() == before
    assert "另一" not in workspace.features("mines")["name"].tolist()


def test_features_of_the_past_are_what_they_were(workspace: Workspace) -> None:
    before = workspace.features("mines")
    workspace.write("mines", before.iloc[1:])
    assert workspace.features("mines", as_of=1).equals(before)
    assert len(workspace.features("mines", as_of=dt.date.today())) == len(before) - 1


def test_what_another_wrote_meanwhile_is_not_lost(workspace: Workspace) -> None:
    mines = workspace.features("mines")
    other = Workspace(workspace.root)
    other.write("mines", mines.iloc[1:])
    with pytest.raises(StorageError, match=r"mines\.geojson: was changed since it was read"):
        workspace.write("mines", mines.assign(name="迟"))
    assert len(workspace.features("mines")) == len(mines) - 1
    workspace.write("mines", workspace.features("mines").assign(name="迟"))
    assert workspace.features("mines")["name"].unique().tolist() == ["迟"]


# --- What differs ---------------------------------------------------------------------------------


def collection(*features: dict, ours: bool = True) -> bytes:
    if not ours:
        return json.dumps({"type": "FeatureCollection", "features": features}, indent=1).encode()
    lines = [json.dumps(feature, separators=(",", ":")) for feature in features]
    body = ",\n".join(lines)
    return f'{{"type":"FeatureCollection",\n"features":[\n{body}\n]}}\n'.encode()


def feature(key: str, *points: tuple[float, float], **fields) -> dict:
    kind = {0: None, 1: "Point"}.get(len(points), "LineString")
    coordinates = points[0] if kind == "Point" else list(points)
    geometry = {"type": kind, "coordinates": coordinates} if kind else None
    return {"type": "Feature", "properties": {"id": key, **fields}, "geometry": geometry}


@pytest.mark.parametrize("forms", [(True, True), (True, False), (False, True), (False, False)])
def test_a_diff_names_what_was_added_removed_and_changed(forms) -> None:
    old = [feature("a", (125, 44), n=1), feature("b", (125, 44)), feature("c")]
    new = [feature("a", (125, 44), n=2), feature("c"), feature("d"), feature("e")]
    diff = compare("roads", "id", collection(*old, ours=forms[0]), collection(*new, ours=forms[1]))
    assert (diff.added, diff.removed, diff.redrawn) == (("d", "e"), ("b",), ())
    assert [(c.feature, c.field, c.old, c.new) for c in diff.changed] == [("a", "n", 1, 2)]
    assert diff.counts == {"added": 2, "updated": 1, "removed": 1, "unchanged": 1}


def test_a_redrawn_line_says_how_far_and_how_long() -> None:
    old = feature("a", (125.40, 43.85), (125.41, 43.85))
    new = feature("a", (125.40, 43.85), (125.42, 43.85))
    (redrawn,) = compare("roads", "id", collection(old), collection(new)).redrawn
    kilometres = [
        Geodesic(6378137, 1 / 298.257222101).Inverse(43.85, 125.40, 43.85, lon)["s12"]
        for lon in (125.41, 125.42)
    ]
    assert redrawn.length == pytest.approx(kilometres, rel=1e-9)
    assert redrawn.moved == pytest.approx(kilometres[1] - kilometres[0], rel=1e-6)
    assert redrawn.area is None


def test_a_moved_point_says_how_far_and_a_lost_one_nothing() -> None:
    old = [feature("a", (125.4, 43.85)), feature("b", (125.4, 43.85)), feature("c")]
    new = [feature("a", (125.4, 43.86)), feature("b"), feature("c", (125.4, 43.85))]
    moved = [r.moved for r in compare("x", "id", collection(*old), collection(*new)).redrawn]
    away = Geodesic(6378137, 1 / 298.257222101).Inverse(43.85, 125.4, 43.86, 125.4)["s12"]
    assert moved == [pytest.approx(away, rel=1e-9), None, None]


@settings(deadline=None)
@given(
    old=st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 2)),
    new=st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 2)),
    forms=st.tuples(st.booleans(), st.booleans()),
)
def test_a_diff_is_what_the_dictionaries_say(old, new, forms) -> None:
    states = [
        collection(*(feature(key, n=value) for key, value in state.items()), ours=form)
        for state, form in zip((old, new), forms, strict=True)
    ]
    diff = compare("x", "id", *states)
    assert set(diff.added) == new.keys() - old.keys()
    assert set(diff.removed) == old.keys() - new.keys()
    both = old.keys() & new.keys()
    assert {c.feature for c in diff.changed} == {key for key in both if old[key] != new[key]}
    assert diff.unchanged == sum(old[key] == new[key] for key in both)


def test_features_that_share_a_key_are_not_lost_in_a_diff() -> None:
    old, new = [feature("a")], [feature("a"), feature("a"), feature("a", n=1)]
    diff = compare("x", "id", collection(*old), collection(*new))
    assert diff.counts == {"added": 2, "updated": 0, "removed": 0, "unchanged": 1}


def test_a_key_that_looks_like_a_second_one_is_not_lost_in_a_diff() -> None:
    new = [feature("a (2)"), feature("a", n=1), feature("a", n=2), feature("a", n=3)]
    diff = compare("x", "id", collection(), collection(*new))
    assert (len(diff.added), diff.counts["added"]) == (4, 4)


def test_true_is_not_one() -> None:
    states = [collection(feature("a", n=value)) for value in (True, 1)]
    assert len(compare("x", "id", *states).changed) == 1


def test_a_byte_order_mark_is_no_difference() -> None:
    state = b'{"type":"FeatureCollection","features":[\n{"type":"Feature","properties":{"id":"a"},'
    state += b'"geometry":null}\n]}\n'
    assert compare("roads", "id", b"\xef\xbb\xbf" + state, state).is_empty


def test_what_is_no_geojson_is_not_compared() -> None:
    with pytest.raises(StorageError, match="roads: a state to compare is no JSON"):
        compare("roads", "id", b"{", collection())

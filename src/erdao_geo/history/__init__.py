"""Every change of a layer can be taken back: a revision for each, and the bytes on both its sides.

The store is `.erdao-geo/history/` in the workspace:

    blobs/ab/ab12....zst    what a layer's file held, and the `plan.toml` and `layers/<stem>.toml`
                            of that day: zstd, named by the SHA-256 of the bytes before compression
    revisions/000007.json   one change: who, when, the command, the source, the counts, the SHA-256
                            of the file before and after, and of the revision before this one
    HEAD                    the number and the SHA-256 of the last revision
    pending/                a change that is under way

What stands there is never written again, but for HEAD. A change goes in these steps, each durable
before the next: (1) the blobs; (2) `pending/000007.json` and `pending/HEAD`; (3) the layer's file
takes its new bytes by a rename, and so does the layer's TOML where an import saves its answers
there; (4) the revision is renamed into its place; (5) so is HEAD. From (3) on nothing needs room on
the disk. Where a crash left something pending, the next writer looks at the layer: has it the new
bytes, then the rest is made up for, else the change never was. Until then readers, who write
nothing and wait for no lock, judge by the same rule.

The first change of a layer is preceded by a `baseline` revision of what was there, and a change of
a file that other programs have edited since by an `outside` revision of what they left, so nothing
is lost. Where `plan.toml` was edited, or the definition of a layer with a history, a `rules`
revision says so before the next change, or when `build` is run. Whoever calls what writes here
holds the workspace's lock (`storage.locked`), which cannot be taken twice.

The store may be kept in git or not; its own `.gitignore` leaves out what is under way, and its
`.gitattributes` keeps git from changing line ends. It is a line, not a tree: two copies that both
went on cannot be merged.
"""

from erdao_geo.history.blobs import hash_file, read_file
from erdao_geo.history.diff import Change, Diff, Redrawn, compare, count_changes
from erdao_geo.history.past import When, find_known, find_last, require_order
from erdao_geo.history.record import Redefinition
from erdao_geo.history.revision import PLAN, Entry, Revision, SourceFile
from erdao_geo.history.store import History
from erdao_geo.history.verify import Fault

__all__ = [
    "PLAN",
    "Change",
    "Diff",
    "Entry",
    "Fault",
    "History",
    "Redefinition",
    "Redrawn",
    "Revision",
    "SourceFile",
    "When",
    "compare",
    "count_changes",
    "find_known",
    "find_last",
    "hash_file",
    "read_file",
    "require_order",
]

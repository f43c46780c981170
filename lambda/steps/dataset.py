"""Looking at the objects of a request's data: the part that training and scoring share."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from rules import tables
from rules.locations import Location
from rules.violations import Violation

from steps import storage
from steps.storage import Head, Listed

MOST_OBJECTS = 2000
"""Each object is read and copied on its own within a function's time."""

_MOST_PROBLEMS = 20
_MIB = 1 << 20
_SMALLEST_SAMPLE, _LARGEST_SAMPLE, _ALL_SAMPLES = _MIB // 16, _MIB, 64 * _MIB
_LONGEST_LINE = 16 * _MIB
_WORKERS = 12


@dataclass(frozen=True, kw_only=True)
class Table:
    """One object, and what its first bytes say."""

    key: str
    size: int
    version_id: str
    etag: str
    complete: bool
    inspection: tables.Inspection

    def as_dict(self) -> dict[str, str | int | bool]:
        """The pinned version, as the plan keeps it."""
        return {
            "key": self.key,
            "version_id": self.version_id,
            "size": self.size,
            "etag": self.etag,
            "header_bytes": self.inspection.header_bytes,
            "crlf": self.inspection.crlf,
        }


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """The objects in the order of their keys, and what is wrong with them."""

    field: str
    tables: tuple[Table, ...] = ()
    violations: tuple[Violation, ...] = ()

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(table.size for table in self.tables)

    def is_readable(self) -> bool:
        """Whether every object could be read as a table, so that columns can be compared."""
        return bool(self.tables) and all(table.inspection.columns for table in self.tables)


def look(location: Location, *, field: str, reading: tables.Reading) -> Dataset:
    """List the objects, pin the version of each, and inspect its first bytes.

    Args:
        location: an object or a prefix.
        field: the request's field that named it.
        reading: how the tables are to be read.
    """
    found = list(
        islice(storage.listing(bucket=location.bucket, prefix=location.key), MOST_OBJECTS + 1)
    )
    violations = list(_listing_violations(location, found, field))
    if violations:
        return Dataset(field=field, violations=tuple(violations))
    length = min(_LARGEST_SAMPLE, max(_SMALLEST_SAMPLE, _ALL_SAMPLES // len(found)))

    def one(listed: Listed) -> Table | None:
        head = _head(location.bucket, listed.key, length)
        return _table(listed.key, head, reading) if head else None

    with ThreadPoolExecutor(_WORKERS) as pool:
        seen = list(pool.map(one, found))
    tables_seen = tuple(table for table in seen if table)
    violations = [
        _gone(field, listed) for listed, table in zip(found, seen, strict=True) if not table
    ]
    violations += _table_violations(tables_seen, field)
    return Dataset(field=field, tables=tables_seen, violations=tuple(violations))


def _listing_violations(location: Location, found: list[Listed], field: str) -> Iterator[Violation]:
    uri = location.uri
    if not location.is_prefix:
        others = [item.key for item in found if item.key != location.key]
        found = [item for item in found if item.key == location.key]
        if others and found:
            # Autopilot reads S3 prefixes only, so it would also read the others.
            rule = f"is also the beginning of another object's name, s3://{location.bucket}/{others[0]}"
            fix = "Rename one of them, or put the data into a folder of its own."
            yield Violation(field=field, value=uri, rule=rule, fix=fix)
    if not found:
        what = "has no objects below it" if location.is_prefix else "does not exist"
        folder = "" if location.is_prefix else " A prefix ends in `/`."
        fix = f"Upload the data there first.{folder}"
        yield Violation(field=field, value=uri, rule=what, fix=fix)
    if len(found) > MOST_OBJECTS:
        rule = f"has more than {MOST_OBJECTS} objects"
        yield Violation(
            field=field, value=uri, rule=rule, fix="Join objects to fewer, larger ones."
        )
    for item in islice((item for item in found if item.size == 0), _MOST_PROBLEMS):
        yield _about(field, location.bucket, item.key, "is empty", "Remove it, or upload it again.")


def _head(bucket: str, key: str, length: int) -> Head | None:
    head = storage.read_head(bucket=bucket, key=key, length=length)
    if head and not head.complete and b"\n" not in head.sample:
        return storage.read_head(bucket=bucket, key=key, length=_LONGEST_LINE)
    return head


def _table(key: str, head: Head, reading: tables.Reading) -> Table:
    return Table(
        key=key,
        size=head.size,
        version_id=head.version_id,
        etag=head.etag,
        complete=head.complete,
        inspection=tables.inspect(head.sample, complete=head.complete, reading=reading),
    )


def _table_violations(seen: tuple[Table, ...], field: str) -> list[Violation]:
    found = [
        Violation(field=field, value=table.key, rule=problem.rule, fix=problem.fix)
        for table in seen
        for problem in table.inspection.problems
    ]
    if len(found) > _MOST_PROBLEMS:
        rule = f"has {len(found) - _MOST_PROBLEMS} more problems in its objects"
        rest = Violation(field=field, value=None, rule=rule, fix="Correct the ones told first.")
        return [*found[:_MOST_PROBLEMS], rest]
    return found


def _about(field: str, bucket: str, key: str, rule: str, fix: str) -> Violation:
    return Violation(field=field, value=f"s3://{bucket}/{key}", rule=rule, fix=fix)


def _gone(field: str, listed: Listed) -> Violation:
    rule = "was removed while it was being looked at"
    return Violation(
        field=field, value=listed.key, rule=rule, fix="Upload it again, then send again."
    )

"""What differs between environments: one TOML file each, read into frozen, checked dataclasses.

A wrong value fails here, before anything is synthesized: `SettingsError` names every field of the
file that is wrong, its value and what is allowed.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rules.request import parse

from autolote import checks
from autolote.allowances import Instances, Limits
from autolote.checks import Checked, Rule, SettingsError, checked, each, number, optional, text
from autolote.domain_settings import Domain, Space, User
from autolote.image_settings import Image
from autolote.network_settings import Network

__all__ = ["Limits", "Network", "Schedule", "Settings", "SettingsError", "load"]

# CloudWatch Logs keeps log events only for these numbers of days:
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
LOG_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827]
LOG_DAYS += [2192, 2557, 2922, 3288, 3653]
LOCAL = "local"

_LOG_DAYS = Rule(lambda v: type(v) is int and v in LOG_DAYS, f"one of {LOG_DAYS}")
_FLAG = Rule(lambda v: isinstance(v, bool), "true or false")
_SCHEDULE = text(
    r"(rate\([1-9]\d* (minutes?|hours?|days?)\)|cron\((\S+ ){5}\S+\))",
    "rate(<n> minutes|hours|days) or cron(<minute> <hour> <day> <month> <weekday> <year>)",
)


def _are_tags(tags: object) -> bool:
    # https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
    return isinstance(tags, dict) and all(
        re.fullmatch(r"(?!(?i:aws:))[A-Za-z][\w.:/=+@-]{0,127}", key)
        and isinstance(value, str)
        and re.fullmatch(r"[\w\s.:/=+@-]{1,256}", value)
        for key, value in tags.items()
    )


_TAGS = Rule(
    lambda v: _are_tags(v) and {"owner", "cost_center"} <= v.keys(),
    "owner and cost_center at least; keys of 1-128 and values of 1-256 letters, digits, .:/=+@-_",
)


@dataclass(frozen=True, kw_only=True)
class Retention(Checked):
    """For how many days things are kept, and whether data may go when its stack goes."""

    run_input_days: int = checked(number(1, 3650), default=30)
    checkpoint_days: int = checked(number(1, 3650), default=14)
    noncurrent_days: int = checked(number(1, 3650), default=90)
    access_log_days: int = checked(number(1, 3650), default=400)
    log_days: int = checked(_LOG_DAYS, default=365)
    requests_days: int = checked(number(1, 3650), default=90)
    delete_data_with_stack: bool = checked(_FLAG, default=False)


@dataclass(frozen=True, kw_only=True)
class Functions(Checked):
    """What every Lambda function is given.

    Attributes:
        reserved_concurrency: how many of one function may run at a time, which nothing else in the
            account can use up; without it, all functions of the account share what there is.
    """

    reserved_concurrency: int | None = checked(optional(number(1, 1000)), default=None)


@dataclass(frozen=True, kw_only=True)
class Schedule(Checked):
    """A request that is made again and again. `request` is the request itself."""

    name: str = checked(text(r"[a-z][a-z0-9-]{0,31}", "1-32 of a-z, 0-9, -; a letter first"))
    expression: str = checked(_SCHEDULE)
    timezone: str = checked(text(r"[A-Za-z_]+(/[A-Za-z0-9_+-]+)*", "a tz name"), default="UTC")
    request: Mapping[str, Any] = checked(
        Rule(lambda v: isinstance(v, dict) and bool(v), "the path of a JSON file with a request")
    )


@dataclass(frozen=True, kw_only=True)
class Settings(Checked):
    """Everything an environment can be told."""

    environment: str = checked(
        text(r"[a-z][a-z0-9]{1,7}", "2-8 of a-z and 0-9, a letter first (it is the file's name)")
    )
    account: str | None = checked(optional(text(r"\d{12}", "12 digits")), default=None)
    region: str = checked(
        text(r"[a-z]{2}(-[a-z]+)+-\d", "an AWS Region, as sa-east-1"), default="sa-east-1"
    )
    projects: tuple[str, ...] = checked(
        each(text(r"(?=.{1,32}$)[a-z0-9](-?[a-z0-9])*", "a project id: a-z, 0-9, single -")),
        default=(),
    )
    notification_emails: tuple[str, ...] = checked(
        each(text(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an e-mail address")), default=()
    )
    permissions_boundary: str | None = checked(
        optional(text(r"[\w+=,.@-]{1,128}", "the name of an IAM policy, without its path")),
        default=None,
    )
    clock_speed: float | None = checked(optional(number(1, 100_000, whole=False)), default=None)
    tags: Mapping[str, str] = checked(_TAGS)
    retention: Retention = field(default_factory=Retention)
    instances: Instances = field(default_factory=Instances)
    limits: Limits = field(default_factory=Limits)
    image: Image = field(default_factory=Image)
    network: Network = field(default_factory=Network)
    domain: Domain = field(default_factory=Domain)
    functions: Functions = field(default_factory=Functions)
    schedules: tuple[Schedule, ...] = ()

    @property
    def prefix(self) -> str:
        """The name that job names, log groups and the scope of every permission start with."""
        return f"autolote-{self.environment}"

    def relations(self, wrong: frozenset[str]) -> list[str]:
        problems = []
        if self.clock_speed is not None and self.environment != LOCAL:
            problems.append(
                f"clock_speed = {self.clock_speed!r}; allowed: only in {LOCAL}.toml, because "
                "only the local account can turn its clock"
            )
        names = [schedule.name for schedule in self.schedules]
        problems += [
            f"schedules.name = {name!r}; allowed: a name only once"
            for name in sorted(set(names))
            if names.count(name) > 1
        ]
        return [*problems, *self._of_the_network(), *self._of_the_domain()]

    def _of_the_network(self) -> list[str]:
        known = self.network.s3_prefix_list(self.region)
        if self.network.mode != "created" or known is not None:
            return []
        return [
            "network.s3_prefix_list_id = None; allowed: the id that `aws ec2 describe-prefix-lists "
            f"--region {self.region}` shows for com.amazonaws.{self.region}.s3"
        ]

    def _of_the_domain(self) -> list[str]:
        if not self.domain.enabled:
            return []
        problems = []
        if self.network.mode == "none":
            problems.append(
                'network.mode = "none"; allowed: "created" or "existing" when domain.enabled is '
                "true, because a domain lies in a VPC"
            )
        asked = [(f"users[{n}]", user.project) for n, user in enumerate(self.domain.users)]
        asked += [(f"spaces[{n}]", space.project) for n, space in enumerate(self.domain.spaces)]
        return problems + [
            f"domain.{name}.project = {project!r}; allowed: one of projects = {list(self.projects)}"
            for name, project in asked
            if self.projects and project not in self.projects
        ]


_SECTIONS: dict[str, type[Any]] = {
    "retention": Retention,
    "instances": Instances,
    "limits": Limits,
    "image": Image,
    "network": Network,
    "functions": Functions,
}


def load(path: Path) -> Settings:
    """The settings of the environment that `path` (environments/<environment>.toml) describes.

    Raises:
        SettingsError: with every problem of the file.
    """
    problems: list[str] = []
    table = checks.read_toml(path)
    values: dict[str, Any] = {"environment": path.stem}
    for name, section in _SECTIONS.items():
        values[name] = checks.build(section, table.pop(name, {}), f"{name}.", problems) or section()
    values["domain"] = _domain(table.pop("domain", {}), path.parent, problems)
    schedules = table.pop("schedules", [])
    if isinstance(schedules, list):
        schedules = [_with_request(item, path.parent) for item in schedules]
    values["schedules"] = _each(Schedule, schedules, "schedules", problems)
    if "environment" in table:
        problems.append("environment is unknown: the file's name says it")
    settings: Settings | None = checks.build(Settings, table | values, "", problems)
    if settings is None or problems:
        raise SettingsError(problems, source=str(path))
    return settings


def _each(kind: type[Any], items: Any, where: str, problems: list[str]) -> tuple[Any, ...]:
    """A record for each table of a list; those that are wrong are told in `problems`."""
    if not isinstance(items, list):
        problems.append(f"{where} = {items!r}; allowed: a list of tables, each [[{where}]]")
        return ()
    built = [
        checks.build(kind, item, f"{where}[{index}].", problems) for index, item in enumerate(items)
    ]
    return tuple(record for record in built if record)


def _domain(table: Any, folder: Path, problems: list[str]) -> Domain:
    """The domain with its users and spaces, and its script in place of the name of its file."""
    if isinstance(table, dict):
        parts = {
            name: _each(kind, table[name], f"domain.{name}", problems)
            for name, kind in (("users", User), ("spaces", Space))
            if name in table
        }
        table = {**table, **parts}
        if isinstance(script := table.get("lifecycle_script"), str):
            with contextlib.suppress(OSError, UnicodeDecodeError):  # its rule names the path
                table["lifecycle_script"] = (folder / script).read_text(encoding="utf-8")
    return checks.build(Domain, table, "domain.", problems) or Domain()


def _with_request(item: Any, folder: Path) -> Any:
    """A schedule's table with its request in place of the name of the file that holds it."""
    if not isinstance(item, dict) or not isinstance(item.get("request"), str):
        return item
    try:
        request = parse((folder / item["request"]).read_bytes())
    except (OSError, ValueError):
        return item  # its rule then names the field and the path
    return {**item, "request": request}

"""What would be done, in which order, and what stays and why."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from autolote.teardown import data, homes, jobs, network, stacks, studio
from autolote.teardown.cloud import Cloud
from autolote.teardown.data import LOG_GROUP, Holding
from autolote.teardown.model import Kept, Plan, Task, TeardownError, Tell, Thing
from autolote.teardown.stacks import Environment, Stack

KEY_DAYS = 30  # the longest that KMS lets a deletion wait


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the person wants to lose.

    Attributes:
        delete_data: names of buckets, repositories and log groups to be emptied and deleted.
        keep_home: whether the home file system of a domain stays.
        command: the command line so far, to which options are added in what the plan says.
    """

    delete_data: frozenset[str] = frozenset()
    keep_home: bool = True
    command: str = "autolote teardown"


def make(cloud: Cloud, environment: str, asked: Asked) -> Plan:
    """Look at the account and plan.

    Raises:
        TeardownError: there is nothing of the environment, a name is not one of its, or a stack is
            protected.
    """
    return _Planning(cloud, stacks.read(cloud, environment), asked).plan()


class _Planning:
    def __init__(self, cloud: Cloud, environment: Environment, asked: Asked) -> None:
        self._cloud, self._env, self._asked = cloud, environment, asked
        self._holdings = list(data.holdings(cloud, environment))
        self._keys = list(data.keys(cloud, environment))
        self._check()
        self._homes = homes.file_systems(cloud, environment.domains) if asked.keep_home else []
        self._held = self._find_held()
        self._tasks: list[Task] = []
        self._kept: list[Kept] = [
            Kept(thing=stack.thing, why=why, command=command)
            for stack, (why, command) in self._held.items()
        ]

    def _check(self) -> None:
        env = self._env
        if not env.stacks and not env.past:
            raise TeardownError(
                f"there is no stack of environment {env.name} in {self._cloud.account.region} "
                f"(named autolote-{env.name}-..., tagged project=autolote and "
                f"environment={env.name})"
            )
        known = {one.thing.name for one in self._holdings}
        unknown = sorted(self._asked.delete_data - known - env.past)
        if unknown:
            raise TeardownError(
                f"--delete-data {', '.join(unknown)}: not of environment {env.name}; "
                f"it has {', '.join(sorted(known)) or 'nothing that holds data'}"
            )
        protected = [stack.thing.name for stack in env.stacks if stack.protected]
        if protected:
            raise TeardownError(
                f"termination protection is on for {', '.join(protected)}; take it off first: "
                "aws cloudformation update-termination-protection "
                f"--no-enable-termination-protection --stack-name {protected[0]}"
            )

    def plan(self) -> Plan:
        """All of it, in an order in which each task comes after what it needs."""
        running = jobs.tasks(self._cloud, self._env.name, self._env.stacks)
        self._tasks += running
        self._plan_domains()
        for stack in stacks.in_order(self._going()):
            self._plan_stack(stack, running)
        self._plan_data()
        self._plan_keys()
        return Plan(
            environment=self._env.name,
            region=self._cloud.account.region,
            tasks=tuple(self._tasks),
            kept=tuple(self._kept),
        )

    def _going(self) -> list[Stack]:
        return [stack for stack in self._env.stacks if stack not in self._held]

    def _named(self, holding: Holding) -> bool:
        return holding.thing.name in self._asked.delete_data

    def _stays(self, holding: Holding, held: Iterable[Stack]) -> bool:
        """Whether a holding will be there afterwards."""
        if holding.stack is not None and holding.stack in held:
            return True
        return not self._named(holding) and not holding.goes_alone

    def _find_held(self) -> dict[Stack, tuple[str, str]]:
        """Stacks that cannot go without data that was not named, each with why and a command."""
        held: dict[Stack, tuple[str, str]] = {}
        for holding in self._holdings:
            alone = holding.kept or holding.goes_alone or self._named(holding)
            if holding.stack is not None and not alone:
                why = f"its {holding.thing.kind} {holding.thing.name} holds data and was not named"
                held[holding.stack] = why, self._with(f"--delete-data {holding.thing.name}")
        while True:
            more = {**self._holding_keys(held), **self._exporting(held)}
            if more.keys() <= held.keys():
                return held
            held = {**more, **held}

    def _holding_keys(self, held: dict[Stack, Any]) -> dict[Stack, tuple[str, str]]:
        """Stacks whose deletion would delete a key that something kept is encrypted with."""
        return {
            key.stack: (f"its key {key.key} is needed by {', '.join(users)}", "")
            for key in self._keys
            if key.stack is not None and not key.kept and (users := self._users(key, held))
        }

    def _exporting(self, held: dict[Stack, Any]) -> dict[Stack, tuple[str, str]]:
        """Stacks from which a held stack imports."""
        return {
            stack: (f"{users[0].thing.name} stays, and imports from it", "")
            for stack in self._env.stacks
            if (users := [one for one in stacks.importers(stack, self._env.stacks) if one in held])
        }

    def _users(self, key: Holding, held: Iterable[Stack]) -> list[str]:
        """What stays and is encrypted with a key."""
        held = list(held)
        users = [
            f"{one.thing.kind} {one.thing.name}"
            for one in self._holdings
            if one.key == key.key and self._stays(one, held)
        ]
        return users + [
            f"file system {one['FileSystemId']}"
            for one in self._homes
            if one.get("KmsKeyId", "").rpartition("/")[2] == key.key
        ]

    def _with(self, option: str) -> str:
        return f"{self._asked.command} {option}"

    def _plan_domains(self) -> None:
        held = {one for stack in self._held for one in stack.ids("AWS::SageMaker::Domain")}
        domains = tuple(one for one in self._env.domains if one not in held)
        inside = [
            task
            for domain in domains
            for task in studio.tasks(self._cloud, domain, keep_home=self._asked.keep_home)
        ]
        gone = frozenset(task.thing.arn for task in inside if task.thing.kind == "domain")
        made, kept = homes.tasks(
            self._cloud,
            domains,
            keep_home=self._asked.keep_home,
            after=gone,
            again=self._with("--delete-home-efs"),
        )
        self._tasks += [*inside, *made]
        self._kept += kept

    def _plan_stack(self, stack: Stack, running: list[Task]) -> None:
        """A stack, after those that import from it, and what must go before it can."""
        needs = {one.thing.arn for one in stacks.importers(stack, tuple(self._going()))}
        if stack.ids("AWS::StepFunctions::StateMachine"):
            needs |= {task.thing.arn for task in running}
        if stack.ids("AWS::SageMaker::Domain"):
            needs |= self._arns("domain")
        if network.is_network(stack):
            needs |= self._arns("mount target", "security group")
        first = network.tasks(self._cloud, stack, frozenset(needs))
        unblocks: list[Callable[[Tell], None]] = [task.carry_out for task in first]
        for holding in self._holdings:
            if holding.stack is stack and not holding.goes_alone and not holding.kept:
                empty = self._emptying(holding, frozenset(needs), delete=False)
                first.append(empty)
                unblocks.append(empty.carry_out)
        self._tasks += first
        self._tasks.append(
            Task(
                thing=stack.thing,
                verb="delete",
                why=f"{len(stack.resources)} resources",
                needs=frozenset(needs | {task.thing.arn for task in first}),
                carry_out=partial(
                    _delete_stack, self._cloud, stack.thing, unblocks=tuple(unblocks)
                ),
                command=f"aws cloudformation delete-stack --stack-name {stack.thing.name}",
            )
        )

    def _arns(self, *kinds: str) -> set[str]:
        return {task.thing.arn for task in self._tasks if task.thing.kind in kinds}

    def _emptying(self, holding: Holding, needs: frozenset[str], *, delete: bool) -> Task:
        return Task(
            thing=holding.thing,
            verb="empty and delete" if delete else "empty",
            why="named in --delete-data",
            needs=needs,
            carry_out=data.emptying(self._cloud, holding, delete=delete),
            command=self._with(f"--delete-data {holding.thing.name}"),
        )

    def _plan_data(self) -> None:
        """What outlives its stack: named, it goes after the stack; else it stays."""
        for holding in self._holdings:
            in_a_stack = holding.stack is not None and not holding.kept
            if in_a_stack or holding.stack in self._held:
                continue
            if self._named(holding):
                needs = self._arns("stack")
                self._tasks.append(self._emptying(holding, frozenset(needs), delete=True))
                continue
            what = "logs" if holding.type == LOG_GROUP else "data"
            why = f"{what}; it was not named in --delete-data"
            again = self._with(f"--delete-data {holding.thing.name}")
            self._kept.append(Kept(thing=holding.thing, why=why, command=again))

    def _plan_keys(self) -> None:
        """Keys that outlive their stack: they stay as long as something needs them."""
        for key in self._keys:
            if key.stack in self._held or (key.stack is not None and not key.kept):
                continue
            users = self._users(key, self._held)
            if users:
                why = f"needed by {', '.join(users)}"
                self._kept.append(Kept(thing=key.thing, why=why))
                continue
            self._tasks.append(
                Task(
                    thing=key.thing,
                    verb="schedule the deletion of",
                    why=f"in {KEY_DAYS} days; nothing that stays is encrypted with it",
                    needs=frozenset(
                        self._arns("stack", "bucket", "repository", "log group", "file system")
                    ),
                    carry_out=data.scheduling(self._cloud, key.key, days=KEY_DAYS),
                    command=f"aws kms schedule-key-deletion --key-id {key.key} "
                    f"--pending-window-in-days {KEY_DAYS}",
                )
            )


def _delete_stack(
    cloud: Cloud, thing: Thing, tell: Tell, *, unblocks: tuple[Callable[[Tell], None], ...]
) -> None:
    def unblock(tell: Tell) -> None:
        for each in unblocks:
            each(tell)

    stacks.delete(cloud, thing, tell, unblock=unblock)

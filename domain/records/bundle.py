"""The resources of a bundle: found by reference, walked through, and how sensitive each is."""

from collections.abc import Iterator
from typing import Any

from domain.consents.types import Category, Label
from domain.records.sensitivity import labels_of
from domain.records.vocabulary import Node, codings_of

CONTEXT = frozenset(
    {"Patient", "Practitioner", "PractitionerRole", "Organization", "Encounter", "Location",
     "CareTeam", "RelatedPerson", "Provenance", "Composition"}
)  # fmt: skip
"""Types that say where and by whom, not what."""


class Bundle:
    """The resources of a document, found by the references that lead to them."""

    def __init__(self, resources: list[tuple[str | None, Node]]) -> None:
        self.by_reference: dict[str, Node] = {}
        for full_url, resource in resources:
            if full_url:
                self.by_reference[full_url] = resource
            if isinstance(name := resource.get("id"), str):
                self.by_reference.setdefault(f"{resource['resourceType']}/{name}", resource)

    def find(self, reference: object) -> Node | None:
        """Return what a Reference names inside the bundle."""
        target = reference.get("reference") if isinstance(reference, dict) else None
        if not isinstance(target, str):
            return None
        target = target.split("/_history/")[0]
        found = self.by_reference.get(target)
        if found is None and target.startswith(("http://", "https://")):
            found = self.by_reference.get("/".join(target.split("/")[-2:]))
        return found


Path = tuple[Any, str | int] | None


def nodes(top: Node) -> Iterator[tuple[Path, Node]]:
    """Yield every object inside a resource, itself included, with the path that leads to it."""
    # Paths are chains, written out only for a fault: a hostile document has long names.
    waiting: list[tuple[Path, Any]] = [(None, top)]
    while waiting:
        where, node = waiting.pop()
        inside = node.items() if isinstance(node, dict) else enumerate(node)
        if isinstance(node, dict):
            yield where, node
        for name, value in inside:
            if isinstance(value, dict | list):
                waiting.append(((where, name), value))


def written(start: str, where: Path, name: str) -> str:
    """Return a path as a person reads it, below `start` and ending in `name`."""
    names: list[Any] = [name]
    while where is not None:
        where, step = where
        names.append(step)
    steps = (f"[{each}]" if isinstance(each, int) else f".{each[:40]}" for each in names[::-1])
    return start + "".join(steps)


class Sensitivity:
    """The labels of resources: their own and those of what they refer to, two steps far.

    A report is as sensitive as its results, a medicine as the problem it is given for.
    """

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._own: dict[int, frozenset[Label]] = {}
        self._near: dict[int, frozenset[Label]] = {}
        self._named: dict[int, list[Node]] = {}

    def labels(self, category: Category, resource: Node) -> frozenset[Label]:
        found = set(labels_of(category, (), ())) | self._with_near(resource)
        for each in self._referred(resource):
            found |= self._with_near(each)
        return frozenset(found)

    def _with_near(self, resource: Node) -> frozenset[Label]:
        if (key := id(resource)) not in self._near:
            found = set(self._own_of(resource))
            for each in self._referred(resource):
                found |= self._own_of(each)
            self._near[key] = frozenset(found)
        return self._near[key]

    def _own_of(self, resource: Node) -> frozenset[Label]:
        if (key := id(resource)) not in self._own:
            codings: list[tuple[str, str]] = []
            security: list[tuple[str, str]] = []
            for _, node in nodes(resource):
                system, code = node.get("system"), node.get("code")
                if isinstance(system, str) and isinstance(code, str):
                    codings.append((system, code))
                security += codings_of({"coding": node.get("security")})
            self._own[key] = labels_of(None, codings, security)
        return self._own[key]

    def _referred(self, resource: Node) -> list[Node]:
        if (key := id(resource)) not in self._named:
            found: dict[int, Node] = {}
            for _, node in nodes(resource):
                target = self._bundle.find(node) if "reference" in node else None
                if target is not None and target["resourceType"] not in CONTEXT:
                    found[id(target)] = target
            self._named[key] = list(found.values())
        return self._named[key]

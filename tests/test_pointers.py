"""What documents and docstrings point to is there: files, modules and names in them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILE = re.compile(r"`((?:engine|tests|benchmarks|scripts|docs|deploy)/[\w/.-]+)`")
NAME = re.compile(r"`(engine(?:\.\w+)+)`")

READ = sorted(
    path
    for folder, ending in (
        (".", "*.md"),
        ("docs", "**/*.md"),
        ("engine", "**/*.py"),
        ("benchmarks", "**/*.py"),
        ("tests", "**/*.py"),
    )
    for path in (ROOT / folder).glob(ending)
    if path.name != "CHANGELOG.md"  # it tells of what was, too
)


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def defined(nodes: list[ast.stmt], within: str = "") -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            yield within + node.name
            yield from defined(node.body, f"{within}{node.name}.")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield within + node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            named = (part for target in targets for part in ast.walk(target))
            yield from (within + part.id for part in named if isinstance(part, ast.Name))
        elif isinstance(node, ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.If):
            yield from defined(node.body, within)


def names() -> frozenset[str]:
    """Return every module of the engine and all that is defined in it."""
    found = set()
    for path in (ROOT / "engine").rglob("*.py"):
        module = module_of(path)
        found.add(module)
        nodes = ast.parse(path.read_text(encoding="utf-8")).body
        found.update(f"{module}.{name}" for name in defined(nodes))
    return frozenset(found)


def test_what_is_pointed_to_is_there():
    there = names()
    missing = []
    for path in READ:
        text = path.read_text(encoding="utf-8")
        lost = [name for name in FILE.findall(text) if not (ROOT / name.rstrip(".")).exists()]
        lost += [name for name in NAME.findall(text) if name not in there]
        missing += [f"{path.relative_to(ROOT)} names {name}" for name in lost]
    assert len(READ) > 400
    assert not missing

"""Prints every message of src/hw3, with its place: to be read once, as a person would meet them.

A message is any text in the source that has two words or more, whoever raises, prints or draws it.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def text_of(node: ast.AST) -> str:
    """Return a text as the source has it, with {what is filled in}; "" for anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(map(text_of, node.values))
    return f"{{{ast.unparse(node.value)}}}" if isinstance(node, ast.FormattedValue) else ""


def messages(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield (line, text) for each message in a piece of source; docstrings are none."""
    text = text_of(node)
    if text and is_message(text):
        yield getattr(node, "lineno", 0), " ".join(text.split())
    elif not text:
        is_documented = isinstance(node, DOCUMENTED) and ast.get_docstring(node) is not None
        docstring = next(iter(getattr(node, "body", [])), None) if is_documented else None
        for child in ast.iter_child_nodes(node):
            if child is not docstring:
                yield from messages(child)


def is_message(text: str) -> bool:
    """Whether a text has two words or more, with a space between; what is filled in is one."""
    return re.search(r"[a-z]{2}\W* (.* )?\W*[a-z]{2}", re.sub(r"\{[^}]*\}", "xx", text)) is not None


def main() -> None:
    """Print one line per message: src/hw3/file.py:12: the text."""
    for path in sorted((ROOT / "src" / "hw3").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for line, text in sorted(messages(tree)):
            print(f"{path.relative_to(ROOT)}:{line}: {text}")


if __name__ == "__main__":
    main()

"""Small changes of a Python file, each of which a test should notice.

Positions come from `ast`, and the text between them is replaced: the rest of the file stays as it
is. Left alone are texts, annotations, decorators, f-strings (Python 3.11 does not say where their
parts are), the messages of errors, the `strict` of zip, which is an assertion, and the order of
the arguments of a sum, a product or a maximum. A comparison is turned by its operator alone.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

OPERATORS: dict[type[ast.AST], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"),
    ast.Pow: ("**", "*"),
    ast.MatMult: ("@", "*"),
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.And: ("and", "or"),
    ast.Or: ("or", "and"),
}
SKIPPED_FIELDS = {"annotation", "returns", "decorator_list", "type_params", "bases"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMMUTATIVE = {"np.add", "np.multiply", "np.maximum", "np.minimum", "max", "min"}
DELETABLE = (ast.Expr, ast.AugAssign, ast.Raise, ast.Continue, ast.Break, ast.Delete)


@dataclass(frozen=True)
class Mutant:
    """One change: the text of a file from `start` to `end` becomes `new`."""

    file: str
    line: int
    function: int | None  # the first line of the innermost function around it
    what: str
    start: int
    end: int
    new: str

    def of(self, text: str) -> str:
        """Return the changed text of the file."""
        return text[: self.start] + self.new + text[self.end :]

    @property
    def name(self) -> str:
        """Where it is and what it changes."""
        return f"{self.file}:{self.line} {self.what}"


class Source:
    """A file with the offsets of its lines; ast counts columns in bytes."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self.text = file, text
        self.lines = text.splitlines(keepends=True)
        self.offsets = [0]
        for line in self.lines:
            self.offsets.append(self.offsets[-1] + len(line))

    def at(self, line: int, column: int) -> int:
        """Return the offset in characters of a position of ast."""
        return self.offsets[line - 1] + len(self.lines[line - 1].encode()[:column].decode())

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return where a node begins and ends."""
        return (
            self.at(node.lineno, node.col_offset),
            self.at(node.end_lineno, node.end_col_offset),
        )

    def part(self, node: ast.AST) -> str:
        """Return the text of a node."""
        start, end = self.span(node)
        return self.text[start:end]


def mutants(file: str, text: str) -> list[Mutant]:
    """Return all mutants of a file that still compile, in the order of their lines."""
    source = Source(file, text)
    found = [m for m in visited(source, ast.parse(text), None) if compiles(m.of(text))]
    return sorted(dict.fromkeys(found), key=lambda m: (m.line, m.start, m.what))


def compiles(text: str) -> bool:
    """Whether a text is Python."""
    try:
        compile(text, "mutant", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


def visited(source: Source, node: ast.AST, function: int | None) -> Iterator[Mutant]:
    """Yield the mutants of a node and of what is in it."""
    if is_type_checking(node):
        return
    if isinstance(node, ast.JoinedStr | ast.Raise | ast.Assert):
        yield from changes(source, node, function)
        return
    if isinstance(node, FUNCTIONS):
        function = node.decorator_list[0].lineno if node.decorator_list else node.lineno
    yield from changes(source, node, function)
    for field, value in ast.iter_fields(node):
        if field not in SKIPPED_FIELDS:
            for child in value if isinstance(value, list) else [value]:
                is_strict = isinstance(child, ast.keyword) and child.arg == "strict"
                if isinstance(child, ast.AST) and not is_strict:
                    yield from visited(source, child, function)


def is_type_checking(node: ast.AST) -> bool:
    """Whether a node is what only type checkers read."""
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def changes(source: Source, node: ast.AST, function: int | None) -> Iterator[Mutant]:
    """Yield the mutants of a node alone."""
    for start, end, new in edits(source, node):
        old = source.text[start:end]
        line = source.text.count("\n", 0, start) + 1
        what = f"`{short(old)}` -> `{short(new)}`"
        yield Mutant(source.file, line, function, what, start, end, new)


def short(text: str) -> str:
    """Return a text on one line, cut."""
    text = " ".join(text.split())
    return text if len(text) <= 70 else f"{text[:67]}..."


def edits(source: Source, node: ast.AST) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, new text) for each change of a node alone."""
    if isinstance(node, ast.BinOp):
        yield from operator(source, node.left, node.op, node.right)
    elif isinstance(node, ast.BoolOp):
        yield from operator(source, node.values[0], node.op, node.values[1])
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield from operator(source, node.left, node.ops[0], node.comparators[0])
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub | ast.Invert):
        yield *source.span(node), source.part(node.operand)
    elif isinstance(node, ast.Constant):
        yield from constant(source, node)
    elif isinstance(node, ast.Return) and node.value and source.part(node.value) != "None":
        yield *source.span(node), "return None"
    elif isinstance(node, ast.Call):
        yield from swapped(source, node)
    if isinstance(node, ast.If | ast.IfExp | ast.While) and not isinstance(node.test, ast.Compare):
        yield *source.span(node.test), f"not ({source.part(node.test)})"
    if isinstance(node, ast.comprehension):
        for test in node.ifs:
            yield *source.span(test), f"not ({source.part(test)})"
    if is_deletable(node):
        yield *source.span(node), "pass"


def operator(
    source: Source, left: ast.AST, op: ast.AST, right: ast.AST
) -> Iterator[tuple[int, int, str]]:
    """Yield the change of the operator between two nodes."""
    old, new = OPERATORS.get(type(op), ("", ""))
    start, end = source.span(left)[1], source.span(right)[0]
    place = source.text.find(old, start, end) if old else -1
    if place >= 0:
        yield place, place + len(old), new


def constant(source: Source, node: ast.Constant) -> Iterator[tuple[int, int, str]]:
    """Yield the change of a truth value or a number."""
    value = node.value
    if isinstance(value, bool):
        yield *source.span(node), str(not value)
    elif isinstance(value, int):
        yield *source.span(node), str({0: 1, 1: 0}.get(value, value + 1))
    elif isinstance(value, float):
        yield *source.span(node), repr(value * 2 if value else 1.0)


def swapped(source: Source, node: ast.Call) -> Iterator[tuple[int, int, str]]:
    """Yield a call with its first two arguments swapped."""
    if source.part(node.func) in COMMUTATIVE or len(node.args) < 2:
        return
    if any(isinstance(arg, ast.Starred) for arg in node.args[:2]):
        return
    (start, middle), (gap, end) = source.span(node.args[0]), source.span(node.args[1])
    first, second = source.part(node.args[0]), source.part(node.args[1])
    if first != second:
        yield start, end, second + source.text[middle:gap] + first


def is_deletable(node: ast.AST) -> bool:
    """Whether a statement may go: no docstring, and no name that later lines need."""
    if isinstance(node, ast.Expr):
        return not isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Assign):
        return all(isinstance(t, ast.Attribute | ast.Subscript) for t in node.targets)
    return isinstance(node, DELETABLE)

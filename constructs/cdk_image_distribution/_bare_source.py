"""Python source without what the Lambda does not need: docstrings, comments, and what is for type checkers."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterable


def bare(source: str) -> str:
    """Return a module's source without docstrings, comments, annotations that nothing needs, and imports for types.

    A level of indentation is one space. Every line keeps its number, so that a traceback in the function's log points
    into the package's own source.
    """
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            _blank_annotations(node, lines)
            _blank_variables_annotations(ast.walk(node), lines)
        if isinstance(node, ast.Module):
            _blank_variables_annotations(node.body, lines)
        if isinstance(node, ast.ClassDef):
            _shorten_fields_annotations(node, lines)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            _blank(node, lines)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            docstring = node.body[0]
            indentation = lines[docstring.lineno - 1][: docstring.col_offset]
            _blank(docstring, lines)
            if len(node.body) == 1 and not isinstance(node, ast.Module):
                lines[docstring.lineno - 1] = f"{indentation}pass"
    _drop_imports(lines)
    return "\n".join(_shallow(line) for line in lines) + "\n"


def _shallow(line: str) -> str:
    # One space for each four that begin a line: 2 % of the zipped asset.
    depth = (len(line) - len(line.lstrip(" "))) // 4
    return " " * depth + line[4 * depth :]


def _blank(node: ast.stmt, lines: list[str]) -> None:
    for number in range(node.lineno, (node.end_lineno or node.lineno) + 1):
        lines[number - 1] = ""


def _blank_annotations(function: ast.FunctionDef, lines: list[str]) -> None:
    # An annotation over several lines stays. The last one of a line goes first, so that columns stay right.
    if function.returns is not None and function.returns.lineno == function.returns.end_lineno:
        row, column = function.returns.lineno - 1, function.returns.col_offset
        lines[row] = lines[row][:column].rstrip(" ->") + lines[row][function.returns.end_col_offset :]
    arguments = [argument for argument in ast.walk(function.args) if isinstance(argument, ast.arg)]
    for argument in sorted(arguments, key=lambda argument: argument.col_offset, reverse=True):
        annotation = argument.annotation
        if annotation is not None and argument.lineno == annotation.end_lineno:
            name_end = argument.col_offset + len(argument.arg)
            row = argument.lineno - 1
            lines[row] = lines[row][:name_end] + lines[row][annotation.end_col_offset :]


def _blank_variables_annotations(nodes: Iterable[ast.AST], lines: list[str]) -> None:
    for node in nodes:
        if isinstance(node, ast.AnnAssign) and node.value is not None and node.lineno == node.annotation.end_lineno:
            row = node.lineno - 1
            lines[row] = lines[row][: node.target.end_col_offset] + lines[row][node.annotation.end_col_offset :]


def _shorten_fields_annotations(of: ast.ClassDef, lines: list[str]) -> None:
    # A dataclass needs an annotation for each field, whatever it is.
    for node in of.body:
        if isinstance(node, ast.AnnAssign) and node.lineno == node.annotation.end_lineno:
            row = node.lineno - 1
            lines[row] = lines[row][: node.annotation.col_offset] + "0" + lines[row][node.annotation.end_col_offset :]


def _drop_imports(lines: list[str]) -> None:
    """Drop what only annotations use: those that stay are text, which nothing evaluates."""
    module = ast.parse("\n".join(lines))
    annotated = [
        node
        for node in ast.walk(module)
        if isinstance(node, ast.AnnAssign | ast.arg) and not isinstance(node.annotation, ast.Constant | None)
    ]
    in_annotations = {id(part) for node in annotated for part in ast.walk(node.annotation or node)}
    used = {node.id for node in ast.walk(module) if isinstance(node, ast.Name) and id(node) not in in_annotations}
    for node in module.body:
        if not isinstance(node, ast.ImportFrom):
            continue
        if node.module == "__future__":
            # The others are of Python 2.
            kept = [alias.name for alias in node.names if annotated and alias.name == "annotations"]
        elif node.module in ("typing", "collections.abc"):
            kept = [alias.name for alias in node.names if alias.name in used]
        else:
            continue
        _blank(node, lines)
        if kept:
            lines[node.lineno - 1] = f"from {node.module} import {', '.join(kept)}"

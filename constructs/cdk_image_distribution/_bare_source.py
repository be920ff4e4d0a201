"""Python source without its docstrings and comments, which the Lambda does not need and which are half of it."""

from __future__ import annotations

import ast
import io
import tokenize


def bare(source: str) -> str:
    """Return a module's source with docstrings and comments blanked.

    Every line keeps its number, so that a traceback in the function's log points into the package's own source.
    """
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            docstring = node.body[0]
            indentation = lines[docstring.lineno - 1][: docstring.col_offset]
            for number in range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1):
                lines[number - 1] = ""
            if len(node.body) == 1 and not isinstance(node, ast.Module):
                lines[docstring.lineno - 1] = f"{indentation}pass"
    return "\n".join(lines) + "\n"

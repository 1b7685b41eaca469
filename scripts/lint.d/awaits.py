#!/usr/bin/env python3
"""lint: the shapes of co_await. It stands alone, as `co_await name(named, arguments);`, its result
into one variable or nowhere: GCC 12.2 destroys aggregate, braced and lambda temporaries of a
co_await expression twice. Never in a catch; and no lambda with captures is a coroutine, because its
captures die before it does."""

import re

import tree

PATH = r"(?:[A-Za-z_]\w*(?:<[\w:<>, *&]*>)?(?:\[\w+\])?(?:::|\.|->))*~?[A-Za-z_]\w*(?:<[\w:<>, *&]*>)?(?:\[\w+\])?"
NAME = rf"[*&]?(?:{PATH}|this)"
NUMBER = r"-?\d[\w.']*"
ARGUMENT = rf"(?:{NAME}|{NUMBER}|std::(?:move|as_const|ref|cref)\({NAME}\))"
CALL = rf"(?:{NAME}|\(?\*?{PATH}\)?\((?:{ARGUMENT}(?:,{ARGUMENT})*)?\)|std::move\({NAME}\))"
TARGET = rf"(?:(?:const )?(?:auto|{PATH})(?: ?const)?[&*]{{0,2}} )?(?:\[\w+(?:, ?\w+)*\]|\*?{PATH}) ?= ?"
SHAPE = re.compile(rf"^(?:{TARGET})?co_await {CALL}$")
LAMBDA = re.compile(r"(?<![\w)\]\[])\s*\[(?!\[)([^\[\]]*)\]\s*(?=[({]|mutable|noexcept|->|<)")


def squeezed(statement):
    """One statement on one line, without blanks that mean nothing."""
    text = re.sub(r"\s+", " ", statement).strip()
    text = re.sub(r"^(?:case [^?]*?(?<!:):(?!:) ?|default ?: ?)+", "", text)
    text = re.sub(r"\s*,\s*", ",", text)
    return re.sub(r"\s*([()])\s*", r"\1", text).replace("co_await(", "co_await (")


def statement_around(text, position):
    """From behind the last `;`, `{` or `}` to the next `;`, brackets minded."""
    start = max(text.rfind(mark, 0, position) for mark in ";{}") + 1
    end = position
    while end < len(text) and text[end] != ";":
        end = tree.closing(text, end) + 1 if text[end] in "([{" else end + 1
    return text[start:end]


def in_catch(text):
    for match in re.finditer(r"\bcatch\s*\(", text):
        behind = tree.closing(text, match.end() - 1) + 1
        opening = text.find("{", behind)
        if opening >= 0:
            yield opening, tree.closing(text, opening)


def lambda_bodies(text):
    """(start of the lambda, captures, body) of every lambda."""
    for match in LAMBDA.finditer(text):
        position = match.end()
        while position < len(text) and text[position] not in "{;":
            position = tree.closing(text, position) + 1 if text[position] in "([" else position + 1
        if position < len(text) and text[position] == "{":
            yield match.start(1), match.group(1).strip(), position, tree.closing(text, position)


def check_file(file, text):
    catches = list(in_catch(text))
    for match in re.finditer(r"\bco_await\b", text):
        line = tree.line_of(text, match.start())
        if any(start < match.start() < end for start, end in catches):
            yield file, line, "co_await in a catch"
        statement = squeezed(statement_around(text, match.start()))
        if not SHAPE.match(statement):
            yield file, line, ("co_await stands alone, on a named call with named arguments: "
                               f"`{statement[:90]}`")
    for start, captures, opening, end in lambda_bodies(text):
        body = text[opening + 1:end]
        for _, _, inner, inner_end in sorted(lambda_bodies(body), reverse=True):
            body = body[:inner] + body[inner_end:]
        if captures and re.search(r"\bco_(await|return|yield)\b", body):
            yield file, tree.line_of(text, start), f"a lambda that captures ({captures}) is a coroutine"


def check(source):
    for file in source.code("src", "tests", "fuzz", "bench", "include", chosen=True):
        yield from check_file(file, tree.without_comments(source.text(file)))


if __name__ == "__main__":
    tree.run(check)

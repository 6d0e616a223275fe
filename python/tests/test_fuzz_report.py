"""The report reader against random edits: every text is read, drawn from, or refused with a sentence."""

import copy
import io
import json
import random
import unittest

import accel
import cases
from accel.page import page
from accel.plots import style

ROUNDS = 3000
_JUNK = ["", "x", -1, 0, 1e308, float("nan"), None, True, [], {}, [[]], {"a": 1}, "keep A in B", "for x by 0"]


def places(value, path=()):
    """The paths of everything inside a JSON value."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def edited(value, chance):
    """A copy with one value replaced, removed, or moved."""
    value = copy.deepcopy(value)
    path = chance.choice([p for p in places(value) if p])
    parent = value
    for key in path[:-1]:
        parent = parent[key]
    if chance.random() < 0.3:
        del parent[path[-1]]
    else:
        parent[path[-1]] = copy.deepcopy(chance.choice(_JUNK))
    return value


def garbled(text, chance):
    """A copy with some characters replaced, inserted or cut."""
    characters = list(text)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(characters))
        characters[at:at + chance.choice((0, 1, 1, 20))] = chance.choice(('"', "{", "]", "1e999", "\\u0000", "é", ""))
    return "".join(characters)


class FuzzTest(unittest.TestCase):
    def read(self, content):
        try:
            return accel.Report.from_json(content)
        except accel.ReportError as error:
            self.assertRegex(str(error), r"^error: \S")
            return None

    def test_garbled_text(self):
        chance = random.Random(1)
        text = json.dumps(cases.REPORT)
        outcomes = [self.read(garbled(text, chance)) is None for _ in range(ROUNDS)]
        self.assertGreater(sum(outcomes), ROUNDS / 10)

    def test_edited_values(self):
        chance = random.Random(2)
        outcomes = [self.read(edited(cases.REPORT, chance)) is None for _ in range(ROUNDS)]
        self.assertGreater(sum(outcomes), ROUNDS / 20)
        self.assertLess(sum(outcomes), ROUNDS)

    def test_what_is_read_becomes_a_page_or_is_refused(self):
        chance = random.Random(3)
        for _ in range(30):
            report = self.read(edited(cases.REPORT, chance))
            if report is None:
                continue
            try:
                page(report)
                for function in report.functions:
                    style.write(report.plot_energy(function.name), io.BytesIO(), "svg")
            except accel.AccelError as error:
                self.assertRegex(str(error), r"^error: \S")


if __name__ == "__main__":
    unittest.main()

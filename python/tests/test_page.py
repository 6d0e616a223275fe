"""The HTML report, in headless Chromium: it renders, complains of nothing, and its figures are the JSON's."""

import json
import re
import tempfile
import unittest
from pathlib import Path

import accel
import cases
import chromium
from accel.__main__ import main
from accel.page import page

# What a cell's data-path means in the report.
LOOKUP = """
[...document.querySelectorAll("[data-path]")].map((cell) => {
  const parts = cell.dataset.path.matchAll(/\\["([^"]*)"\\]|\\[(\\d+)\\]|([^.[\\]]+)/g);
  const keys = [...parts].map((m) => m[1] ?? m[2] ?? m[3]);
  return {path: cell.dataset.path, keys, value: cell.dataset.value, text: cell.textContent,
          shown: cell.getClientRects().length > 0};
})
"""
_PREFIX = {
    "T": 1e12, "G": 1e9, "M": 1e6, "k": 1e3, "": 1.0, "m": 1e-3, "µ": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15,
    "a": 1e-18,
}


def read_text(text):
    """The number that a person reads: "1.25 mJ" is 0.00125, "75.00 %" is 0.75."""
    match = re.fullmatch(r"([\d,.]+)(?: ([TGMkmµnpfa]?)(J·s|J|s)| (%))?", text)
    assert match, text
    number = float(match[1].replace(",", ""))
    return number / 100 if match[4] else number * _PREFIX[match[2] or ""]


@unittest.skipUnless(chromium.executable(), "no Chromium is installed")
class BrowserTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = chromium.Browser()
        cls.addClassCleanup(cls.browser.close)
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)

    def open(self, report):
        """Writes the page through the command line and loads it; the JSON for comparison comes from the file."""
        source = self.folder / "report.json"
        source.write_text(json.dumps(report))
        self.assertEqual(main(["report", str(source), "-o", str(self.folder / "report.html")]), 0)
        self.browser.complaints.clear()
        self.browser.open(self.folder / "report.html")
        return json.loads(source.read_text())

    def check_figures(self, report):
        cells = self.browser.run(LOOKUP)
        for cell in cells:
            value = report
            for key in cell["keys"]:
                value = value[int(key)] if isinstance(value, list) else value[key]
            self.assertEqual(float(cell["value"]), value, cell["path"])
            # Three digits are shown; a percentage has two after the point.
            error = max(0.005 * abs(value), 5.1e-5 if cell["text"].endswith("%") else 0)
            self.assertLessEqual(abs(read_text(cell["text"]) - value), error, cell)
        return {cell["path"]: cell for cell in cells}

    def test_figures_are_those_of_the_json(self):
        report = self.open(cases.REPORT)
        cells = self.check_figures(report)
        for path in ("energy_j", "latency_s", "edp_js", "unfused.energy_j", "einsums[1].energy_j"):
            self.assertTrue(cells[f"functions[0].{path}"]["shown"], path)
        self.assertIn('functions[0].einsums[0].actions["Buffer"]["T1"].write_bits', cells)
        self.assertEqual(self.browser.run('JSON.parse(document.getElementById("report").textContent)'), report)
        self.assertEqual(self.browser.complaints, [])

    def test_bars_are_as_long_as_the_joules(self):
        self.open(cases.REPORT)
        widths = self.browser.run("""Object.fromEntries([...document.querySelectorAll('[id*="energy:"] path')].map(
            (bar) => [bar.closest('[id*="energy:"]').id.split("energy:")[1], bar.getBoundingClientRect().width]))""")
        self.assertEqual(len(widths), 7)
        # A bar has a border of less than one pixel.
        self.assertAlmostEqual(widths["T2:Buffer"] / widths["T1:DRAM"], 6.0 / 5.0, delta=0.02)
        self.assertAlmostEqual(widths["T1:MAC"] / widths["T1:DRAM"], 3.0 / 5.0, delta=0.02)

    def test_figures_are_drawn(self):
        self.open(cases.report(pareto=[{"energy_j": 5.0, "latency_s": 1.0}, {"energy_j": 3.0, "latency_s": 2.0}]))
        sizes = self.browser.run("""[...document.querySelectorAll("figure svg")].map(
            (svg) => [svg.getAttribute("aria-label"), svg.getBoundingClientRect().width])""")
        self.assertEqual([label for label, _ in sizes],
                         ["pareto of f", "energy of f", "latency of f", "roofline of f", "looptree of f"])
        self.assertTrue(all(width > 300 for _, width in sizes), sizes)
        ids = self.browser.run("[...document.querySelectorAll('[id]')].map((element) => element.id)")
        self.assertEqual(len(ids), len(set(ids)))
        self.assertEqual(self.browser.run("""[...document.querySelectorAll("svg use")].filter(
            (use) => !document.querySelector(`[id="${use.getAttribute("xlink:href").slice(1)}"]`)).length"""), 0)

    def test_tables_sort(self):
        self.open(cases.REPORT)
        names = '[...document.querySelectorAll("table.sortable")[0].tBodies[0].rows].map((r) => r.cells[0].textContent)'
        click = 'document.querySelectorAll("table.sortable")[0].tHead.rows[0].cells[%d].querySelector("button").click()'
        self.browser.run(click % 5)
        self.assertEqual(self.browser.run(names), ["T1", "T2"])
        self.browser.run(click % 5)
        self.assertEqual(self.browser.run(names), ["T2", "T1"])
        self.browser.run(click % 0)
        self.assertEqual(self.browser.run(names), ["T1", "T2"])
        self.assertEqual(self.browser.complaints, [])

    def test_names_that_look_like_markup(self):
        wild = '</script><script>throw 1</script><b a="b">&amp;'
        report = cases.report(name=wild)
        report["functions"][0]["einsums"][0]["name"] = wild
        self.open(report)
        self.assertEqual(self.browser.run('document.querySelector("h2").textContent'), wild)
        self.assertEqual(self.browser.run('JSON.parse(document.getElementById("report").textContent)'), report)
        self.assertEqual(self.browser.complaints, [])

    def test_infeasible_says_why(self):
        self.open({**cases.REPORT, "functions": [
            {"name": "f", "status": "infeasible", "reason": "A needs 9 bits", "search": {"seconds": 1.0}}]})
        shown = self.browser.run('document.querySelector(".bad").textContent')
        self.assertEqual(shown, "No mapping fits: A needs 9 bits")

    def test_bounds_of_what_is_not_mapped(self):
        einsums = [{"name": "T1", "energy_j": 2.0, "latency_s": 3.0, "computes": 10}]
        report = cases.report(status="unmapped", einsums=einsums, groups=[], usage={})
        del report["objective"], report["functions"][0]["search"], report["functions"][0]["unfused"]
        self.check_figures(self.open(report))
        self.assertEqual(self.browser.run('document.querySelectorAll(".card .label")[1].textContent'), "energy bound")
        self.assertEqual(self.browser.complaints, [])

    @cases.needs_extension
    def test_real_reports(self):
        for options in ({"target": "tpu_v4i", "compare_unfused": True}, {"target": "snowcat", "objective": "energy"},
                        {"target": "simple", "objective": "pareto-usage",
                         "target_set": {"GlobalBuffer.size_bits": 65536}}):
            with self.subTest(**options):
                report = self.open(accel.map(cases.CHAIN, **options).raw)
                self.assertGreater(len(self.check_figures(report)), 20)
                self.assertEqual(self.browser.complaints, [])


class PageTest(unittest.TestCase):
    def test_page_loads_nothing(self):
        text = page(accel.Report.from_json(cases.REPORT))
        self.assertNotRegex(text, r'(?:src|href)="(?!#|data:)')
        self.assertNotRegex(text, r"@import|url\((?!#)")


if __name__ == "__main__":
    unittest.main()

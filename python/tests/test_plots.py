"""Pictures: their geometry is the report's figures, their files are reproducible."""

import contextlib
import io
import json
import math
import tempfile
import unittest
from collections import defaultdict
from pathlib import Path

import accel
import cases
from accel import __main__ as command
from accel.plots import style
from accel.plots.looptree import _cut, _place
from accel.plots.mapping import parse_path
from accel.plots.roofline import bandwidth_bits_per_s
from accel.plots.timeline import plot_timeline
from matplotlib.backends.backend_agg import FigureCanvasAgg

PARETO = [{"energy_j": 5.0, "latency_s": 1.0}, {"energy_j": 3.0, "latency_s": 2.0}, {"energy_j": 2.9, "latency_s": 9.0}]


def event(name, tid, begin, duration):
    return {"ph": "X", "name": name, "tid": tid, "ts": begin, "dur": duration}


TRACE = {"traceEvents": [
    {"ph": "M", "name": "thread_name", "tid": 1, "args": {"name": "load"}},
    {"ph": "M", "name": "thread_name", "tid": 2, "args": {"name": "compute"}},
    event("load inp", 1, 0, 30), event("load wgt", 1, 30, 10), event("gemm", 2, 40, 50), event("add", 2, 90, 10),
    event("finish", 2, 100, 0),
]}


def by_gid(figure):
    """Artists of the first axes by their SVG id."""
    return {a.get_gid(): a for a in figure.axes[0].get_children() if a.get_gid()}


def texts(figure):
    return [t.get_text() for t in figure.findobj(lambda a: hasattr(a, "get_text"))]


class PictureTest(unittest.TestCase):
    def setUp(self):
        self.report = accel.Report.from_json(cases.REPORT)

    def test_energy_bars_are_the_joules(self):
        widths = defaultdict(float)
        for gid, bar in by_gid(self.report.plot_energy()).items():
            _, einsum, component = gid.split(":")
            widths[einsum] += bar.get_width()
            if (einsum, component) == ("T1", "Buffer"):
                self.assertEqual(bar.get_width(), 3.0)
            if component == "leak":
                self.assertEqual(bar.get_width(), {"T1": 1.0, "T2": 0.5}[einsum])
        self.assertEqual(dict(widths), {"T1": 12.0, "T2": 8.0})

    def test_energy_bars_stand_side_by_side(self):
        bars = sorted((b.get_x(), b.get_width()) for g, b in by_gid(self.report.plot_energy()).items() if ":T1:" in g)
        end = 0.0
        for x, width in bars:
            self.assertAlmostEqual(x, end)
            end = x + width

    def test_latency_bars_are_the_seconds_and_name_the_bound(self):
        figure = self.report.plot_latency()
        self.assertEqual(by_gid(figure)["latency:T1"].get_width(), 3.0)
        self.assertIn("2.00 s  Buffer", texts(figure))

    def test_roofline_points(self):
        figure = self.report.roofline()
        x, y = (values[0] for values in by_gid(figure)["roofline:T1"].get_data())
        # 1600 bits are 200 bytes for 1200 operations, in 3 s.
        self.assertAlmostEqual(x, 6.0)
        self.assertAlmostEqual(y, 400.0)
        # T2 moves nothing in DRAM: at the edge, with an arrow.
        self.assertTrue(any("T2 →" in text for text in texts(figure)))

    def test_no_point_is_above_the_roof(self):
        slope = bandwidth_bits_per_s(self.report.component("DRAM")) / 8
        self.assertEqual(slope, 100.0)
        for gid, line in by_gid(self.report.roofline()).items():
            x, y = (values[0] for values in line.get_data())
            self.assertLessEqual(y, min(x * slope, 400.0) * (1 + 1e-9), gid)

    def test_labels_of_a_crowded_roofline_cover_nothing(self):
        einsums = [
            {**cases.REPORT["functions"][0]["einsums"][0], "name": f"stage{i // 8}.block{i % 8}.convolution",
             "computes": 1200 * 1.25 ** (i % 8), "latency_s": 3.0 * 1.05 ** i}
            for i in range(40)
        ]
        figure = accel.Report.from_json(cases.report(einsums=einsums)).roofline()
        renderer = FigureCanvasAgg(figure).get_renderer()
        axes = figure.axes[0]
        frame = axes.get_window_extent(renderer)
        boxes = [t.get_window_extent(renderer) for t in axes.texts if "stage" in t.get_text()]
        self.assertGreater(len(boxes), 2)
        for i, box in enumerate(boxes):
            self.assertFalse(any(box.overlaps(other) for other in boxes[:i]))
            self.assertTrue(frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1)
            for line in by_gid(figure).values():
                self.assertFalse(box.contains(*axes.transData.transform(line.get_xydata()[0])))

    def test_roofline_of_another_level(self):
        x, _ = by_gid(self.report.roofline(level="Buffer"))["roofline:T2"].get_data()
        self.assertAlmostEqual(x[0], 8 * 400 / 400)
        with self.assertRaisesRegex(accel.AccelError, "no memory of toy: DRAM, Buffer"):
            self.report.roofline(level="columns")

    def test_looptree_spans_what_is_shared(self):
        paths = [_cut(e.name, e.shared_loops, parse_path(e.mapping)) for e in self.report.function().einsums]
        cells = {(c.kind, c.text): c for c in _place(paths, 0, 1, 0, 0, ["DRAM", "Buffer"])}
        shared = cells["for", "m|p by 8  ×4"]
        self.assertEqual((shared.first, shared.last), (0, 1))
        exchanged = cells["keep", "T1"]
        self.assertEqual((exchanged.first, exchanged.last), (0, 1))
        own = cells["for", "q by 1  ×16"]
        self.assertEqual((own.first, own.last), (1, 1))
        first = [c for c in _place(paths, 0, 1, 0, 0, ["DRAM", "Buffer"]) if c.first == 0]
        kinds = [c.kind for c in sorted(first, key=lambda c: c.row)]
        self.assertEqual(kinds, ["keep", "for", "keep", "par", "compute"])

    def test_looptree_cells_do_not_overlap(self):
        paths = [_cut(e.name, e.shared_loops, parse_path(e.mapping)) for e in self.report.function().einsums]
        taken = set()
        for cell in _place(paths, 0, 1, 0, 0, ["DRAM", "Buffer"]):
            for column in range(cell.first, cell.last + 1):
                self.assertNotIn((column, cell.row), taken)
                taken.add((column, cell.row))

    def test_front_and_tradeoff(self):
        front = accel.Report.from_json(cases.report(pareto=PARETO)).plot_pareto()
        xs, ys = by_gid(front)["front"].get_data()
        self.assertEqual(list(xs)[1:4], [1.0, 2.0, 9.0])
        self.assertEqual(list(ys)[1:4], [5.0, 3.0, 2.9])
        usage = [{**point, "usage": share} for point, share in zip(PARETO, (0.001, 0.25, 0.5))]
        tradeoff = accel.Report.from_json(cases.report(pareto=usage)).plot_pareto()
        xs, _ = by_gid(tradeoff)["tradeoff"].get_data()
        # Shares of the only bounded level, 8192 bits, as bytes.
        self.assertEqual(list(xs)[2:4], [256.0, 512.0])
        with self.assertRaisesRegex(accel.AccelError, "has no front"):
            self.report.plot_pareto()

    def test_timeline_blocks_are_the_cycles(self):
        figure = plot_timeline(TRACE, "toy")
        box = by_gid(figure)["timeline:gemm"].get_paths()[0].get_extents()
        self.assertEqual((box.x0, box.x1), (40, 90))
        self.assertIn("VTA timeline: 100 cycles", texts(figure))
        self.assertIn("busy 40 %", texts(figure))
        with self.assertRaisesRegex(accel.AccelError, "no traceEvents"):
            plot_timeline({})

    def test_every_picture_states_its_case(self):
        for figure in (self.report.plot_energy(), self.report.plot_latency(), self.report.roofline(),
                       self.report.plot_looptree()):
            self.assertIn("f on toy, objective edp, optimal", texts(figure))

    def test_component_colours_stay_apart_in_grey(self):
        names = ["DRAM", "Buffer", "MAC"]
        greys = []
        for color in style.component_colors(self.report, names).values():
            red, green, blue = style.to_rgb(color)
            greys.append(0.299 * red + 0.587 * green + 0.114 * blue)
        self.assertEqual(greys, sorted(greys))
        self.assertGreater(min(b - a for a, b in zip(greys, greys[1:])), 0.1)

    def test_many_einsums_and_awkward_names(self):
        einsums = []
        for i in range(40):
            einsums.append({**cases.REPORT["functions"][0]["einsums"][0], "name": f"$layer_{i}_<with & a long name>"})
        report = accel.Report.from_json(cases.report(einsums=einsums))
        for draw in (report.plot_energy, report.plot_latency, report.plot_looptree, report.roofline):
            style.write(draw(), io.BytesIO(), "svg")


class FilesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.report = accel.Report.from_json(cases.REPORT)

    def test_png_and_svg_are_reproducible(self):
        for suffix, magic in ((".png", b"\x89PNG"), (".svg", b"<?xml")):
            for name in ("a", "b"):
                style.save(self.report.plot_energy(), self.folder / (name + suffix))
            first, second = ((self.folder / (name + suffix)).read_bytes() for name in ("a", "b"))
            self.assertTrue(first.startswith(magic))
            self.assertEqual(first, second)
        with self.assertRaisesRegex(accel.AccelError, "must end in .png or .svg"):
            style.save(self.report.plot_energy(), self.folder / "a.gif")

    def run_command(self, *arguments):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = command.main([str(a) for a in arguments])
        return code, out.getvalue(), err.getvalue()

    def test_command_line(self):
        source, trace = self.folder / "r.json", self.folder / "t.json"
        source.write_text(json.dumps(cases.report(pareto=PARETO)))
        trace.write_text(json.dumps(TRACE))
        for kind in ("energy", "latency", "looptree", "roofline", "pareto"):
            target = self.folder / f"{kind}.png"
            self.assertEqual(self.run_command("plot", kind, source, "-o", target), (0, f"{target}\n", ""))
            self.assertGreater(target.stat().st_size, 5000)
        self.assertEqual(self.run_command("plot", "timeline", trace)[0], 0)
        self.assertTrue((self.folder / "t.timeline.svg").exists())

    def test_command_line_errors(self):
        code, _, err = self.run_command("plot", "energy", self.folder / "none.json")
        self.assertEqual(code, 1)
        self.assertRegex(err, "^error: report .*none.json cannot be read")
        source = self.folder / "r.json"
        source.write_text(json.dumps(cases.REPORT))
        code, _, err = self.run_command("plot", "energy", source, "--function", "g")
        self.assertEqual((code, err), (1, "error: report has no function 'g'; it has ['f']; use --function\n"))
        code, _, err = self.run_command("plot", "pareto", source)
        self.assertRegex(err, "^error: function 'f' has no front")
        self.assertTrue(math.isclose(code, 1))


if __name__ == "__main__":
    unittest.main()

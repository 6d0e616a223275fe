"""The plot of `accel-bench gradient` reads the CSV that the suite writes."""

import pathlib
import tempfile
import unittest

from accel import gradient_plot

CSV = """case,engine,seed,seconds,edp_js,gap,objective,value
layer,ffm,0,0.5,2,0,edp,2
layer,gradient,0,0.1,4,1,edp,4
layer,gradient,0,0.9,2.2,0.1,edp,2.2
layer,gradient,1,0.3,3,0.5,edp,3
layer,random,0,0.2,8,3,edp,8
other,ffm,0,0.5,,0,energy,7
other,gradient,0,0.1,,0,energy,7
"""


class GradientPlot(unittest.TestCase):
    def test_reads_and_draws(self):
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / "g.csv"
            source.write_text(CSV)
            cases, objectives = gradient_plot.read_rows(source)
            self.assertEqual(cases["layer"]["gradient"]["0"], [(0.1, 4.0), (0.9, 2.2)])
            self.assertEqual(objectives, {"layer": "edp", "other": "energy"})
            target = pathlib.Path(folder) / "g.svg"
            gradient_plot.main([str(source), "-o", str(target)])
            self.assertIn("<svg", target.read_text())

    def test_joins_seeds_from_where_all_have_an_answer(self):
        runs = [[(0.1, 4.0), (0.9, 2.2)], [(0.3, 3.0)]]
        times, middle, best, worst = gradient_plot.step_line(runs, 1.0)
        self.assertEqual(times, [0.3, 0.9, 1.0])
        self.assertEqual(best, [3.0, 2.2, 2.2])
        self.assertEqual(worst, [4.0, 3.0, 3.0])
        self.assertEqual(middle, [4.0, 3.0, 3.0])

    def test_reads_files_without_objective(self):
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / "g.csv"
            source.write_text("case,engine,seed,seconds,edp_js,gap\na,ffm,0,1,5,0\n")
            cases, objectives = gradient_plot.read_rows(source)
            self.assertEqual(cases["a"]["ffm"]["0"], [(1.0, 5.0)])
            self.assertEqual(objectives, {"a": "edp"})

    def test_refuses_an_empty_file(self):
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / "g.csv"
            source.write_text(CSV.splitlines()[0] + "\n")
            with self.assertRaises(SystemExit):
                gradient_plot.main([str(source)])


if __name__ == "__main__":
    unittest.main()

"""The plot of `accel-bench gradient` reads the CSV that the suite writes."""

import pathlib
import tempfile
import unittest

from accel import gradient_plot

CSV = """case,engine,seed,seconds,edp_js,gap
layer,ffm,0,0.5,2,0
layer,gradient,0,0.1,4,1
layer,gradient,0,0.9,2.2,0.1
layer,random,0,0.2,8,3
"""


class GradientPlot(unittest.TestCase):
    def test_reads_and_draws(self):
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / "g.csv"
            source.write_text(CSV)
            cases = gradient_plot.read_rows(source)
            self.assertEqual(cases["layer"]["gradient"], [(0.1, 4.0), (0.9, 2.2)])
            target = pathlib.Path(folder) / "g.svg"
            gradient_plot.main([str(source), "-o", str(target)])
            self.assertIn("<svg", target.read_text())

    def test_refuses_an_empty_file(self):
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / "g.csv"
            source.write_text(CSV.splitlines()[0] + "\n")
            with self.assertRaises(SystemExit):
                gradient_plot.main([str(source)])


if __name__ == "__main__":
    unittest.main()

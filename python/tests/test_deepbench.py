"""Tests of the DeepBench plot."""

import tempfile
import unittest
from pathlib import Path

from accel import deepbench

HEADER = "id,geometry,exact,cycles,cycles_fixed,utilisation,utilisation_fixed,dram_bytes,dram_bytes_fixed,solve_ms\n"


class DeepBench(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write(self, text):
        path = self.folder / "rows.csv"
        path.write_text(text)
        return path

    def test_rows_give_gains(self):
        text = "a,1x16x16,1,100,400,0.8,0.2,1,1,0.1\nb,1x16x16,1,10,10,0.5,0.5,1,1,0.1\n"
        rows = deepbench.read(self.write(HEADER + text))
        self.assertEqual([row.gain for row in rows], [4.0, 1.0])
        self.assertAlmostEqual(deepbench.geometric_mean(row.gain for row in rows), 2.0)

    def test_a_picture_is_written(self):
        csv = self.write(HEADER + "a,1x16x16,1,100,400,0.8,0.2,1,1,0.1\n")
        picture = self.folder / "plot.svg"
        self.assertEqual(deepbench.main([str(csv), "-o", str(picture)]), 0)
        self.assertIn("<svg", picture.read_text())

    def test_other_files_are_refused(self):
        with self.assertRaisesRegex(ValueError, "has no column id"):
            deepbench.read(self.write("case,seconds\nx,1\n"))
        with self.assertRaisesRegex(ValueError, "has no rows"):
            deepbench.read(self.write(HEADER))
        self.assertEqual(deepbench.main([str(self.folder / "none.csv")]), 1)


if __name__ == "__main__":
    unittest.main()

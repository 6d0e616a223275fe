"""Design-space sweeps: target parameters × networks × options, on this computer or a cluster.

`plan` turns YAML into points, `journal` remembers what is finished, `evaluate` maps one point, `schedule` runs points
on `dask.distributed`, `results` writes tables and the picture, `command` puts them together.
"""

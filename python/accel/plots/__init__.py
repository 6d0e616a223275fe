"""Pictures of mappings and programs, as matplotlib figures; `accel.plots.style.save` writes PNG and SVG."""

"""Which BLAS a Python process has loaded."""

import pathlib


def blas():
    """The OpenBLAS that was loaded, by folder and file: `openblas-openmp/libopenblasp-r0.3.21.so`."""
    maps = pathlib.Path("/proc/self/maps")
    loaded = {line.split()[-1] for line in maps.read_text().splitlines() if "libopenblas" in line} if maps.exists() else set()
    return ", ".join(sorted("/".join(pathlib.Path(path).parts[-2:]) for path in loaded)) or "no OpenBLAS"

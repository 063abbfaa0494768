import { globSync } from "node:fs";

/**
 * The environment without anything that holds PyTorch back. OpenBLAS chooses its kernels by the processor unless it is
 * told otherwise, and its pthreads build fights with PyTorch's own OpenMP threads: Debian's libopenblas0-openmp does not.
 */
export function pythonEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(OPENBLAS|OMP|GOMP|MKL|MALLOC)_/.test(name));
  const [openmp] = globSync("/usr/lib/*/openblas-openmp");
  return { ...Object.fromEntries(inherited), ...(openmp === undefined ? {} : { LD_LIBRARY_PATH: openmp }) };
}

import type { Notice } from "../checkpoint.ts";

/** Names that belong to PyTorch, NumPy and Python's containers, and are read or mean nothing bad. */
const familiar: readonly RegExp[] = [
  /^torch\.[A-Za-z_]\w*$/,
  /^torch\.(nn|optim|_utils|_tensor|storage|autograd\.variable|distributions|jit\._pickle|jit\._script|torch_version)\./,
  /^torch\.serialization\._get_layout$/,
  /^__torch__\./,
  /^collections\.(OrderedDict|defaultdict|Counter|deque)$/,
  /^numpy\.(core|_core)\.multiarray\.(scalar|_reconstruct)$/,
  /^numpy\.(dtype|ndarray)$/,
  /^(builtins|__builtin__)\.(set|frozenset|dict|list|tuple|object|int|float|bool|str|bytes|bytearray|complex|slice|range|unicode|long)$/,
  /^_codecs\.encode$/,
  /^copy_?reg\.(_reconstructor|__newobj__|__newobj_ex__)$/,
  /^pathlib\./,
  /^argparse\.Namespace$/,
];

/** Modules and functions that run programs, evaluate code or reach files and networks when a pickle calls them. */
const dangerous: readonly RegExp[] = [
  /^(os|posix|nt|subprocess|sys|shutil|socket|pty|runpy|code|codeop|pdb|bdb|profile|cProfile|trace|timeit)\./,
  /^(importlib|imp|pip|pydoc|webbrowser|urllib|http|httplib|requests|aiohttp|asyncio|ssl|ctypes|multiprocessing)\./,
  /^(commands|marshal|pickle|_pickle|types|inspect|threading|signal|smtplib|ftplib|telnetlib|venv|ensurepip|tempfile)\./,
  /^(builtins|__builtin__)\.(eval|exec|execfile|compile|open|file|getattr|setattr|apply|input|breakpoint|globals|__import__|__build_class__|map|filter)$/,
  /^_?operator\.(attrgetter|itemgetter|methodcaller)$/,
  /^functools\.(partial|reduce)$/,
  /^numpy\.testing\./,
  /^torch\.(hub|serialization\.load|load$|jit\.unsupported_tensor_ops|utils\.(bottleneck|collect_env|_config_module|cpp_extension|data\.datapipes))/,
  /^torch\.(_dynamo|_inductor|fx\.experimental\.symbolic_shapes|distributed\.rpc|multiprocessing|package)\./,
];

/** Ends what is said of a pickle that names something which could do harm. */
export const doNotLoad = "Do not torch.load this file: it could run code of its own.";

/**
 * What to say of classes and functions that a pickle names and that mean nothing to us. They were not looked up; but
 * another program may call them when it loads the file.
 */
export function foreignNotices(globals: Iterable<string>): Notice[] {
  const all = [...globals];
  const bad = all.filter((name) => dangerous.some((pattern) => pattern.test(name)));
  const foreign = all.filter((name) => bad.includes(name) || !familiar.some((pattern) => pattern.test(name)));
  if (foreign.length === 0) return [];
  const listed = [...new Set([...bad, ...foreign])];
  const count = foreign.length === 1 ? "a foreign class" : `${foreign.length} foreign classes`;
  const warning = bad.length > 0 ? ` ${doNotLoad}` : "";
  return [
    {
      code: "pickle/foreign-class",
      message: `Contains Python objects of ${count} (${list(listed)}), ignored.${warning}`,
    },
  ];
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 3).map((name) => (name.length > 80 ? `${name.slice(0, 80)}…` : name));
  return names.length > 3 ? `${shown.join(", ")}, …` : shown.join(", ");
}

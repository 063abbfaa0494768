"""What the two peers share: the networks of a question, their representations as they are made, and the worker loop."""

import argparse
import json
import operator
import pathlib
import sys
import time

import numpy as np
import torch
from torch import fx, nn
from torch.fx.experimental.optimization import fuse

TESTS = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TESTS / "real" / "models"), str(TESTS / "bench" / "shared")]
import networks  # noqa: E402
from blas import blas  # noqa: E402


def parse_arguments(description):
    """One question, as `scenarios.ts` puts it: which networks and taps, on which images, in batches of how many."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--cache", type=pathlib.Path, required=True, help="folder of export_models.py")
    parser.add_argument("--models", nargs=2, required=True, metavar="NAME[@SEED]")
    parser.add_argument("--images", required=True, help=".npy in that folder")
    parser.add_argument("--samples", type=int, required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--taps", choices=("convs", "all"), required=True)
    parser.add_argument("--unfused", action="store_true", help="keep the batch norms, as in the -unfused graphs")
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rows", type=int, help="torch_cka: time so many rows and estimate the rest")
    parser.add_argument("--copies", action="store_true", help="torch_cka: keep copies of the features")
    return parser.parse_args()


class Question:
    """Two networks and the batches both see."""

    def __init__(self, options):
        torch.set_num_threads(options.threads)
        self.channels_last = options.channels_last
        self.batch = options.batch
        self.images = torch.from_numpy(np.load(options.cache / options.images)[: options.samples])
        self.networks = [self.network(spec, options) for spec in options.models]
        self.taps = [taps_of(network, options.taps) for network in self.networks]

    def network(self, spec, options):
        name, _, seed = spec.partition("@")
        network = networks.load(name, options.cache / f"{name}-seed{seed}.pt" if seed else options.cache / f"{name}.pt")
        if self.channels_last:
            network = network.to(memory_format=torch.channels_last)
        return fx.symbolic_trace(network) if options.unfused else fuse(network)

    def batches(self):
        for batch in self.images.split(self.batch):
            yield batch.contiguous(memory_format=torch.channels_last) if self.channels_last else batch

    def flat(self, x):
        """n × d. A Gram does not depend on the order of features, so channels-last maps are flattened as they lie."""
        return (x.permute(0, 2, 3, 1) if self.channels_last and x.dim() == 4 else x).flatten(1)

    def forward_seconds(self):
        """Time of the two forward passes alone."""
        start = time.perf_counter()
        for network in self.networks:
            for batch in self.batches():
                network(batch)
        return time.perf_counter() - start


def taps_of(network, choice):
    """Nodes of a traced network to read, with their names: convolutions and the output, or every value."""
    modules = dict(network.named_modules())
    calls, taps = {}, {}
    for node in network.graph.nodes:
        if node.op not in ("call_module", "call_function", "call_method"):
            continue
        module = modules.get(node.target) if node.op == "call_module" else None
        if isinstance(module, nn.Identity):
            continue
        name = node.target if module is not None else node.name
        calls[name] = calls.get(name, 0) + 1
        last = node.next.op == "output"
        if choice == "all" or isinstance(module, nn.Conv2d) or last:
            taps[node] = name if calls[name] == 1 else f"{name}#{calls[name]}"
    return taps


def observed(network, taps, observe):
    """The network with `observe(name, value)` called on each tapped value the moment it is made.

    At that moment it is still whole: afterwards, torchvision's in-place ReLUs and additions write over it. What hooks
    on modules cannot reach (the sum of a residual block) is reached as well.
    """
    graph = fx.Graph()
    made = {}
    for node in network.graph.nodes:
        made[node] = graph.node_copy(node, lambda old: made[old])
        if node in taps:
            graph.call_function(observe, (taps[node], made[node]))
    return fx.GraphModule(network, graph)


def work(question, run):
    """Answers `{"cmd": "run"}` lines with `{"seconds", "forwardSeconds", …}` until the input ends."""
    print(json.dumps({"ready": True, "engine": f"torch {torch.__version__}", "blas": blas()}), flush=True)
    for line in sys.stdin:
        if json.loads(line)["cmd"] != "run":
            continue
        with torch.inference_mode():
            start = time.perf_counter()
            answer = run()
            seconds = time.perf_counter() - start
            answer = {"seconds": seconds, "forwardSeconds": question.forward_seconds()} | answer
        print(json.dumps(answer), flush=True)


def matrix(names_a, names_b, values):
    """A CKA matrix as the answer of a run; None where a value is not finite."""
    cells = [[value if np.isfinite(value) else None for value in row] for row in values.tolist()]
    return {"rows": names_a, "columns": names_b, "values": cells}

"""Linear CKA of the values of one or two ONNX graphs in float64: the numbers that the engine must reproduce.

    python3 reference_cka.py --onnx a.onnx [--onnx-b b.onnx] --input images.npy --out reference.json
                             [--samples 64] [--batch 16] [--taps-json a.json] [--taps-json-b b.json]

Each value is a representation: its samples' axis first, all else flattened, the samples' mean taken off, and of that
only the n × n Gram is kept. `--taps-json` lists what to compare, `[{"value": …, "sampleAxis": 0}, …]`; without it, every
value that a node makes and that has exactly one axis as long as the batch. One graph alone is compared with itself.

    unbiased     ⟨K̃, L̃⟩ / √(⟨K̃, K̃⟩ ⟨L̃, L̃⟩) of the U-centred Grams (Song et al. 2012), all samples
    biased       the same of the centred Grams (Kornblith et al. 2019)
    minibatch    with --batch b: the ratio of sums of HSIC₁ over batches of b in file order (Nguyen et al. 2021)

A cell is null where a representation is constant over the samples, or its HSIC₁ with itself is not positive.
"""

import argparse
import json
import pathlib

import numpy as np
import torch

import onnx_float64
import onnx_protobuf

# A representation whose variance is below this part of its size holds nothing but rounding.
CONSTANT = 1e-24


def taps_of(graph, images):
    """Values and sample axes of everything a representation can be read from, found by feeding 2 and 3 samples."""
    shapes = [{}, {}]
    for count, found in zip((2, 3), shapes):
        onnx_float64.run(
            graph,
            {graph.inputs[0]: images[:count]},
            lambda name, value: value.is_floating_point() and found.update({name: tuple(value.shape)}),
        )
    taps = []
    for name, small in shapes[0].items():
        grown = [axis for axis, (a, b) in enumerate(zip(small, shapes[1][name])) if a != b]
        if len(grown) == 1 and small[grown[0]] == 2:
            taps.append({"value": name, "sampleAxis": grown[0]})
    return taps


def grams(graph, images, taps):
    """The centred Gram n × n of each tap, stacked, in the order of `taps`."""
    axes = {tap["value"]: tap.get("sampleAxis", 0) for tap in taps}
    found = {}

    def keep(name, value):
        if name in axes:
            found[name] = centred_gram(value.movedim(axes[name], 0).flatten(1))

    onnx_float64.run(graph, {graph.inputs[0]: images}, keep)
    return torch.stack([found[tap["value"]] for tap in taps])


def centred_gram(x):
    """X Xᵀ of the n × d representation minus its mean over samples; all zero where it is constant."""
    size = float(x.square().sum())
    x = x - x.mean(0)
    gram = x @ x.T
    return gram if float(gram.trace()) > CONSTANT * size else torch.zeros_like(gram)


def u_centred(grams):
    """U-centring of stacked Grams L × n × n: zero diagonal, and rows and columns that sum to zero."""
    n = grams.shape[-1]
    hollow = grams - torch.diag_embed(grams.diagonal(dim1=1, dim2=2))
    rows = hollow.sum(2, keepdim=True) / (n - 2)
    total = hollow.sum((1, 2), keepdim=True) / ((n - 1) * (n - 2))
    centred = hollow - rows - rows.transpose(1, 2) + total
    return centred - torch.diag_embed(centred.diagonal(dim1=1, dim2=2))


def products(a, b):
    """Inner products of each of the L Grams with each of the M, and of each with itself: L × M, L, M."""
    a, b = a.flatten(1), b.flatten(1)
    return a @ b.T, a.square().sum(1), b.square().sum(1)


def ratio(cross, own_a, own_b):
    values = cross / (own_a[:, None] * own_b[None, :]).sqrt()
    return [[value if np.isfinite(value) else None for value in row] for row in values.tolist()]


def minibatch(a, b, batch):
    """Ratio of sums over batches; a last batch under 4 samples is left out."""
    sums = [0, 0, 0]
    for start in range(0, a.shape[-1], batch):
        part = slice(start, start + batch)
        n = a[0, part, part].shape[0]
        if n < 4:
            continue
        terms = products(u_centred(a[:, part, part]), u_centred(b[:, part, part]))
        sums = [total + term / (n * (n - 3)) for total, term in zip(sums, terms)]
    return ratio(*sums)


def read_taps(path, graph, images):
    return json.loads(path.read_text()) if path else taps_of(graph, images)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--onnx", type=pathlib.Path, required=True)
    parser.add_argument("--onnx-b", type=pathlib.Path)
    parser.add_argument("--input", type=pathlib.Path, required=True)
    parser.add_argument("--samples", type=int, default=64)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--taps-json", type=pathlib.Path)
    parser.add_argument("--taps-json-b", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)

    images = np.load(options.input, mmap_mode="r")[: options.samples]
    graph = onnx_protobuf.read_model(options.onnx)
    taps = taps_b = read_taps(options.taps_json, graph, images)
    a = b = grams(graph, images, taps)
    if options.onnx_b:
        graph = onnx_protobuf.read_model(options.onnx_b)
        taps_b = read_taps(options.taps_json_b, graph, images)
        b = grams(graph, images, taps_b)

    report = {
        "samples": len(images),
        "taps": [tap["value"] for tap in taps],
        "tapsB": [tap["value"] for tap in taps_b],
        "unbiased": ratio(*products(u_centred(a), u_centred(b))),
        "biased": ratio(*products(a, b)),
    }
    if options.batch:
        report |= {"batch": options.batch, "minibatch": minibatch(a, b, options.batch)}
    options.out.write_text(json.dumps(report))


if __name__ == "__main__":
    main()

"""Minibatch CKA by the algorithm of torch_cka 0.2 (AntixK/PyTorch-Model-Compare), written anew from its description.

Per batch: all features of both networks are kept; each row makes its Gram once and HSIC₁ with itself; each *pair* makes
the column's Gram again, the b × b product for the trace, and the column's HSIC₁ with itself again. Features are not
centred, and all is float32, so the values are off by up to some hundredths: that is the method.

Two things are kinder than the original, and cost it nothing: there is no autograd graph, and each call of a module has a
feature of its own. Like the original it keeps references, which in-place operators overwrite; `--copies` keeps copies
instead, to see the values that it means. With `--rows R`, only R rows, evenly spread, are computed and timed, and the
time of the others is estimated from them.
"""

import time

import torch

import peer


def hollow_gram(features):
    gram = features @ features.T
    return gram.fill_diagonal_(0.0)


def hsic(k, l):
    """HSIC₁ of two hollow Grams by the trace formula (Song et al. 2012, eq. 5)."""
    n = k.shape[0]
    ones = torch.ones(n, 1)
    trace = torch.trace(k @ l)
    sums = (ones.T @ k @ ones @ ones.T @ l @ ones) / ((n - 1) * (n - 2))
    cross = (ones.T @ k @ l @ ones) * 2 / (n - 2)
    return (trace + sums.item() - cross.item()).item() / (n * (n - 3))


def main():
    options = peer.parse_arguments(__doc__)
    question = peer.Question(options)
    features = []

    def observe(_, value):
        features.append(value.clone() if options.copies else value)

    networks = [peer.observed(network, taps, observe) for network, taps in zip(question.networks, question.taps)]
    names = [list(taps.values()) for taps in question.taps]
    rows = spread(len(names[0]), options.rows or len(names[0]))

    def all_features(network, batch):
        features.clear()
        network(batch)
        return [question.flat(value) for value in features]

    def run():
        sums = torch.zeros(3, len(names[0]), len(names[1]), dtype=torch.float64)
        pair_seconds = 0.0
        for batch in question.batches():
            a, b = (all_features(network, batch) for network in networks)
            start = time.perf_counter()
            for i in rows:
                k = hollow_gram(a[i])
                sums[0, i, :] += hsic(k, k)
                for j, column in enumerate(b):
                    l = hollow_gram(column)
                    sums[1, i, j] += hsic(k, l)
                    sums[2, i, j] += hsic(l, l)
            pair_seconds += time.perf_counter() - start
        left_out = len(names[0]) / len(rows) - 1
        answer = peer.matrix(*names, sums[1] / (sums[0] * sums[2]).sqrt())
        return answer | {"estimatedSeconds": pair_seconds * left_out, "rowsTimed": len(rows)}

    peer.work(question, run)


def spread(count, wanted):
    """`wanted` of `count` indices, evenly spread, each in the middle of its share."""
    return [int((part + 0.5) * count / wanted) for part in range(min(wanted, count))]


if __name__ == "__main__":
    main()

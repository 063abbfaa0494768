"""The peer to beat: minibatch CKA in PyTorch as well as we know how to write it.

Per batch and network one forward pass; of each representation, the moment it is made, the features are centred over the
batch and one b × b Gram is taken, so that no activations are kept; then all Grams are U-centred as one stack and all
pairs are one matrix product. float32, sums over batches in float64.
"""

import torch

import peer


def u_centred(grams):
    """U-centring of stacked Grams L × b × b, flattened to L × b²."""
    n = grams.shape[-1]
    grams.diagonal(dim1=1, dim2=2).zero_()
    rows = grams.sum(2, keepdim=True) / (n - 2)
    total = grams.sum((1, 2), keepdim=True) / ((n - 1) * (n - 2))
    centred = grams.sub_(rows).sub_(rows.transpose(1, 2)).add_(total)
    centred.diagonal(dim1=1, dim2=2).zero_()
    return centred.flatten(1)


def main():
    question = peer.Question(peer.parse_arguments(__doc__))
    grams = []

    def observe(_, value):
        x = question.flat(value)
        x = x - x.mean(0)
        grams.append(x @ x.T)

    networks = [peer.observed(network, taps, observe) for network, taps in zip(question.networks, question.taps)]

    def stacked_grams(network, batch):
        grams.clear()
        network(batch)
        return u_centred(torch.stack(grams))

    def run():
        cross = own_a = own_b = 0
        for batch in question.batches():
            a, b = (stacked_grams(network, batch) for network in networks)
            # The factor 1 / (b (b − 3)) of HSIC₁ is the same in all three sums and cancels.
            cross = cross + (a @ b.T).double()
            own_a = own_a + a.square().sum(1).double()
            own_b = own_b + b.square().sum(1).double()
        names = [list(taps.values()) for taps in question.taps]
        return peer.matrix(*names, cross / (own_a[:, None] * own_b[None, :]).sqrt())

    peer.work(question, run)


if __name__ == "__main__":
    main()

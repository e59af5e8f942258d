"""
Estimators of log det(I + J) for y = x + g(x), from products w'J by reverse-mode differentiation. They are given `product`, which
computes w'J from w and from whether the product will itself be differentiated.

While a model trains, every term is differentiated once more (`create_graph`), as in the published i-ResNet. The roulette of
Residual Flows differentiates only the last product of a Neumann series.
"""
import torch


def recorded(g, x):
    """Products with the Jacobian of g at x, by differentiating g once more for each."""
    return lambda w, differentiable: torch.autograd.grad(g, x, w, create_graph=differentiable, retain_graph=True)[0]


def per_example(product):
    return product.flatten(1).sum(1)


class Exact2:
    """d = 2: both rows of J, then the determinant of the 2 x 2 matrix."""

    def __call__(self, product, x, draws, training):
        rows = torch.eye(2, device=x.device)
        first, second = (product(rows[i].expand_as(x), training) for i in range(2))
        a, b = 1 + first[:, 0], first[:, 1]
        c, d = second[:, 0], 1 + second[:, 1]
        return torch.log(a * d - b * c)


class Series:
    """sum over k <= n of (-1)^(k+1) / k v'J^k v. (Behrmann et al. 2019, algorithm 2)"""

    def __init__(self, terms):
        self.terms = terms

    def __call__(self, product, x, draws, training):
        v = draws.probe(x)
        w, total = v, 0
        for k in range(1, self.terms + 1):
            w = product(w, training)
            total = total + (-1) ** (k + 1) / k * per_example(w * v)
        return total


class Roulette:
    """
    A series of random length T = m + N with term k divided by P(T >= k), which is unbiased. (Chen et al. 2019, theorems 1
    and 2.) N is geometric on 1, 2, ... and drawn once for the whole batch. In training the result is <w'J, v>, whose value
    means nothing and whose gradient is that of log det(I + J) on average.
    """

    def __init__(self, p, exact_terms):
        self.p = p
        self.exact_terms = exact_terms

    def survival(self, k):
        return (1 - self.p) ** max(k - 1, 0)

    def weight(self, k):
        return 1 / self.survival(k - self.exact_terms)

    def length(self, draws):
        coarse, fine = draws.uniform((2,)).tolist()
        level = 1 - (coarse + fine * 2**-24)
        n = 0
        while self.survival(n + 1) >= level:
            n += 1
        return self.exact_terms + n

    def __call__(self, product, x, draws, training):
        v = draws.probe(x)
        terms = self.length(draws)
        w = v
        if training:
            total = v
            for k in range(1, terms + 1):
                w = product(w, False)
                total = total + (-1) ** k * self.weight(k) * w
            return per_example(product(total, True) * v)
        total = 0
        for k in range(1, terms + 1):
            w = product(w, False)
            total = total + (-1) ** (k + 1) / k * self.weight(k) * per_example(w * v)
        return total


def estimator(config):
    name = config["name"]
    if name == "exact":
        return Exact2()
    if config.get("probes", 1) != 1:
        raise ValueError(f"logDet.probes: expected 1, received {config['probes']}")
    if name == "powerSeries":
        return Series(config["terms"])
    if name == "russianRoulette" and config["law"]["law"] == "geometric":
        return Roulette(config["law"]["p"], config["exactTerms"])
    raise ValueError(f"logDet: expected exact, powerSeries or russianRoulette with a geometric law, received {config}")

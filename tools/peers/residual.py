"""Residual blocks x + g(x), whose branch g is a chain of capped layers with activations between them."""
import torch
import torch.nn.functional as F

from log_dets import estimator, recorded
from operators import CappedConv, CappedDense


class LipSwish(torch.nn.Module):
    """x sigmoid(b x) / 1.1 with b = softplus(beta). (Chen et al. 2019, section 3.3)"""

    def __init__(self, beta):
        super().__init__()
        self.beta = torch.nn.Parameter(beta)

    def forward(self, x):
        return x * torch.sigmoid(x * F.softplus(self.beta)) / 1.1


def activation(name, at, arrays):
    if name == "lipSwish":
        return LipSwish(torch.tensor(arrays[at + ".activation.betaRaw"]))
    if name == "elu":
        return torch.nn.ELU()
    raise ValueError(f"activation: expected lipSwish or elu, received {name}")


def branch(config, at, arrays):
    """The layers of g, with weights in PyTorch's order of axes."""
    if config["branch"] not in ("dense", "bottleneck") or config["parametrisation"] != "capped" or config["norm"] != 2:
        raise ValueError(f"branch: expected capped dense or bottleneck layers in the norm 2, received {config}")
    dense = config["branch"] == "dense"
    parts = []
    for i in range(len(config["hidden"]) + 1 if dense else 3):
        name = f"{at}.{i}"
        if i > 0 or config["preactivation"]:
            parts.append(activation(config["activation"], name, arrays))
        weight, bias = arrays[name + ".weight"], torch.tensor(arrays[name + ".bias"])
        c = config["coefficient"]
        c = c[i] if isinstance(c, list) else c
        if dense:
            weight = torch.tensor(weight.T.copy())
            parts.append(CappedDense(weight, bias, c, (weight.shape[1],)))
        else:
            weight = torch.tensor(weight.transpose(3, 2, 0, 1).copy())
            parts.append(CappedConv(weight, bias, c, (weight.shape[1], *config["inputShape"][:2])))
    return torch.nn.Sequential(*parts)


class ResidualBlock(torch.nn.Module):
    # Whether products with the Jacobian come from torch.func.vjp while the model trains. torch.compile can follow that, and cannot
    # follow autograd.grad with create_graph.
    functional = False

    def __init__(self, config, at, arrays):
        super().__init__()
        self.branch = branch(config["branch"], at, arrays)
        self.log_det = estimator(config["logDet"])
        self.evaluation_log_det = estimator(config["evaluationLogDet"])

    def forward(self, x, draws):
        if self.functional and self.training:
            g, pull = torch.func.vjp(self.branch, x)
            return x + g, self.log_det(lambda w, differentiable: pull(w)[0], x, draws, True)
        with torch.enable_grad():
            if not x.requires_grad:
                x = x.detach().requires_grad_()
            g = self.branch(x)
            estimate = self.log_det if self.training else self.evaluation_log_det
            log_det = estimate(recorded(g, x), x, draws, self.training)
        return x + g, log_det

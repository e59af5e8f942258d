"""
Trains a saved model in PyTorch, one step at a time, as its parent process asks.

Every request is a line of JSON on stdin, and every answer a line of JSON on stdout:

    {"request": "about"}      the version of PyTorch, the library of its matrix products, the name of the GPU, whether it can compile
    {"request": "load", "model": FILE, "data": FILE, "batchSize": n, "learningRate": r, "clipNorm": c, "threads": n,
     "device": "cpu" or "cuda", "compile": true or false, "microBatchSize": n}    the last three have defaults
    {"request": "step"}       one training step: milliseconds, loss, gradientNorm
    {"request": "logProb", "inputs": FILE, "draws": FILE}    log p(x) of every example, with the random numbers given
    {"request": "matMul"}     billions of operations per second in a large matrix product
    {"request": "count"}      operations of one more training step
    {"request": "end"}        the peak of the memory of this process and of the GPU; then it ends

A step draws a batch, computes the mean of -log p(x) and its gradient, clips the gradient, makes a step of Adam, and one
power iteration in every capped layer. With micro-batches, the gradient of the mean is added up in parts. The clock of a step on a
GPU stops when the GPU has done all of it.
"""
import json
import os
import sys
import time

# Whatever a library prints must not come between the answers.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

import torch  # noqa: E402

from draws import Draws  # noqa: E402
from model import Flow  # noqa: E402
from operations import CountOperations  # noqa: E402
from safetensors import read  # noqa: E402


def blas():
    """The library that computes matrix products, which decides how fast PyTorch is."""
    try:
        with open("/proc/self/maps") as file:
            paths = {line.split()[-1] for line in file if ".so" in line}
    except OSError:
        return "unknown"
    names = sorted(os.path.realpath(path) for path in paths if any(n in path for n in ("blas", "mkl_", "libmkl")))
    return ", ".join(name for name in names if "lapack" not in name) or "inside PyTorch"


def peak_bytes():
    """Of this program alone: ru_maxrss would include the process from which it was started."""
    try:
        with open("/proc/self/status") as file:
            for line in file:
                if line.startswith("VmHWM"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


class Peer:
    def about(self, request):
        cuda = torch.cuda.is_available()
        return {
            "version": torch.__version__,
            "blas": blas(),
            "gpu": torch.cuda.get_device_name(0) if cuda else None,
            "cuda": torch.version.cuda,
            "convolutionsInTf32": bool(cuda and torch.backends.cudnn.allow_tf32),
            "compiles": hasattr(torch, "compile"),
        }

    def load(self, request):
        torch.set_num_threads(request["threads"])
        torch.manual_seed(1)
        device = request.get("device", "cpu")
        if device == "cuda" and not torch.cuda.is_available():
            raise ValueError(f"device: expected a GPU that PyTorch {torch.__version__} can use, found none")
        self.device = torch.device(device)
        self.flow = Flow(*read(request["model"])).to(self.device)
        if request.get("compile", False):
            if not hasattr(torch, "compile"):
                raise ValueError(f"compile: expected PyTorch 2 with torch.compile, received {torch.__version__}")
            self.flow.compile_parts()
        for layer in self.flow.capped():
            layer.iterate(request.get("iterations", 50))
        self.data = None
        if "data" in request:
            arrays, _ = read(request["data"])
            self.data = torch.tensor(arrays["values"].astype("float32"), device=self.device)
        self.batch_size = request.get("batchSize")
        self.micro_batch_size = request.get("microBatchSize") or self.batch_size
        self.clip_norm = request.get("clipNorm")
        self.parameters = list(self.flow.parameters())
        self.optimizer = torch.optim.Adam(self.parameters, lr=request.get("learningRate", 1e-3))
        self.order = torch.empty(0, dtype=torch.long)
        return {"parameters": sum(p.numel() for p in self.parameters)}

    def synchronise(self):
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def step(self, request):
        self.synchronise()
        start = time.perf_counter()
        if len(self.order) < self.batch_size:
            self.order = torch.randperm(len(self.data))
        rows, self.order = self.order[: self.batch_size], self.order[self.batch_size :]
        self.flow.train()
        batch = self.data[rows.to(self.device)]
        self.optimizer.zero_grad()
        loss = 0
        for part in batch.split(self.micro_batch_size):
            mean = -self.flow(part, Draws(None, self.device)).mean() * (len(part) / len(batch))
            mean.backward()
            loss = loss + mean.detach()
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, self.clip_norm)
        self.optimizer.step()
        for layer in self.flow.capped():
            layer.iterate()
        answer = {"loss": float(loss), "gradientNorm": float(norm)}
        self.synchronise()
        return {"milliseconds": (time.perf_counter() - start) * 1000, **answer}

    def count(self, request):
        with CountOperations() as counter:
            self.step(request)
        return {"operations": counter.total}

    def logProb(self, request):
        arrays, _ = read(request["inputs"])
        given = []
        if "draws" in request:
            drawn, _ = read(request["draws"])
            given = [drawn[str(i)] for i in range(len(drawn))]
        for layer in self.flow.capped():
            layer.converge()
        self.flow.eval()
        with torch.no_grad():
            x = torch.tensor(arrays["values"].astype("float32"), device=self.device)
            values = self.flow(x, Draws(given, self.device))
        return {"logProb": values.tolist(), "unusedDraws": len(given)}

    def matMul(self, request):
        a, b = torch.randn(512, 512), torch.randn(512, 512)
        best = float("inf")
        for _ in range(30):
            start = time.perf_counter()
            a @ b
            best = min(best, time.perf_counter() - start)
        return {"gflops": 2 * 512**3 / best / 1e9}

    def end(self, request):
        on_gpu = torch.cuda.max_memory_allocated() if self.device.type == "cuda" else None
        return {"peakBytes": peak_bytes(), "gpuPeakBytes": on_gpu}


def main():
    peer = Peer()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(peer, request["request"])(request)
        except Exception as error:  # noqa: BLE001
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)
        if request["request"] == "end":
            return


main()

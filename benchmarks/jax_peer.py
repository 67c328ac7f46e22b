"""The peer in JAX, run by an interpreter that has it: jit(vmap(scan)) over seeds, with Adam by hand.

Imports nothing of this project or of torch. Each line that it reads is a case in JSON (`cases.Case.plain`), compiled
when it is first seen; for each it answers with a line: the losses of the trained nets, and the seconds that it took.
"""

import json
import sys
import time
from functools import cache
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np

ACTIVATIONS = {
    "tanh": jnp.tanh,
    "relu": jax.nn.relu,
    "leaky_relu": jax.nn.leaky_relu,
    "sine": jnp.sin,
    "identity": lambda h: h,
}
B1, B2, EPS = 0.9, 0.999, 1e-8  # of Adam, as in torch


def start(sizes, seed):
    """The weights that `hw1.nets.dense.initialise` draws from the same generator."""
    rng = np.random.default_rng(seed)
    layers = []
    for fan_in, fan_out in pairwise(sizes):
        w, b = (rng.uniform(-1.0, 1.0, s) / np.sqrt(fan_in) for s in ((fan_out, fan_in), fan_out))
        layers.append((w.astype(np.float32), b.astype(np.float32)))
    return layers


def loss_of(layers, x, y, activation):
    h = x
    for w, b in layers[:-1]:
        h = activation(h @ w.T + b)
    w, b = layers[-1]
    return jnp.square(h @ w.T + b - y).mean()


def trainer(case, x, y):
    """Function of the weights of one net that gives its loss after all updates."""
    activation, updates = ACTIVATIONS[case["activation"]], case["updates"]

    def rate(t):
        return case["lr"] * ((1 + jnp.cos(jnp.pi * t / updates)) / 2 if case["schedule"] == "cosine" else 1.0)

    def update(carry, t):
        layers, m, v = carry
        g = jax.grad(loss_of)(layers, x, y, activation)
        m = jax.tree.map(lambda m, g: B1 * m + (1 - B1) * g, m, g)
        v = jax.tree.map(lambda v, g: B2 * v + (1 - B2) * g * g, v, g)
        c1, c2, lr = 1 - B1 ** (t + 1.0), 1 - B2 ** (t + 1.0), rate(t)
        layers = jax.tree.map(lambda p, m, v: p - lr * (m / c1) / (jnp.sqrt(v / c2) + EPS), layers, m, v)
        return (layers, m, v), None

    def train(layers):
        zeros = jax.tree.map(jnp.zeros_like, layers)
        (layers, _, _), _ = jax.lax.scan(update, (layers, zeros, zeros), jnp.arange(updates))
        return loss_of(layers, x, y, activation)

    return train


@cache
def compiled(line):
    case = json.loads(line)
    x, y = (np.asarray(values, dtype=np.float32) for values in (case["x"], case["y"]))
    nets = [start(case["sizes"], seed) for seed in range(case["seeds"])]
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *nets)
    return jax.jit(jax.vmap(trainer(case, x, y))).lower(stacked).compile(), stacked


def answer(line):
    began = time.perf_counter()
    trained, stacked = compiled(line)
    ready = time.perf_counter()
    losses = trained(stacked).block_until_ready()
    taken = {"compile": ready - began, "run": time.perf_counter() - ready}
    return {"losses": np.asarray(losses).tolist(), "jax": jax.__version__, **taken}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(answer(line)), flush=True)

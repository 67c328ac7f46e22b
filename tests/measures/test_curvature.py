import numpy as np
import pytest
import torch
from torch.func import functional_call, jacrev
from torch.nn import functional as F  # noqa: N812

from hw1.measures.curvature import hessian, hessian_product, inertia, largest_eigenvalue, sharpness
from hw1.measures.gradients import mean_loss
from hw1.training import Recipe, cross_entropy, squared, train

LOSSES = {"squared": (squared, F.mse_loss), "cross_entropy": (cross_entropy, F.cross_entropy)}
each_loss = pytest.mark.parametrize("loss", LOSSES)


def problem(tools, loss, **stack):
    stack, (x, y, labels) = tools.stack(**stack), tools.data()
    target = labels if loss == "cross_entropy" else y
    return stack, mean_loss(x, target, LOSSES[loss][0]), x, target


def dense_hessian(net, x, y, loss):
    """By torch.func, from the flat weights of one ordinary net: shares no code with ours."""
    named = {name: p.detach() for name, p in net.named_parameters()}
    sizes = [p.numel() for p in named.values()]

    def of(flat):
        parts = {n: part.view(p.shape) for (n, p), part in zip(named.items(), flat.split(sizes), strict=True)}
        return LOSSES[loss][1](functional_call(net, parts, (x,)), y)

    # twice in reverse: forward mode, as in torch.func.hessian, loads what torch 2.13 itself warns of
    return jacrev(jacrev(of))(torch.cat([p.reshape(-1) for p in named.values()]))


@each_loss
def test_the_hessian_is_the_one_of_torch_func(tools, loss):
    stack, objective, x, y = problem(tools, loss)
    for rows_at_once in (7, 256):
        found = hessian(stack, objective, rows_at_once=rows_at_once)
        for k in range(stack.K):
            torch.testing.assert_close(found[k], dense_hessian(stack.unstack(k), x, y, loss))


def test_the_hessian_of_any_other_net_is_right_too(tools):
    stack, objective, x, y = problem(tools, "squared", activation="gelu")
    torch.testing.assert_close(hessian(stack, objective)[2], dense_hessian(stack.unstack(2), x, y, "squared"))


@each_loss
def test_a_product_is_the_dense_matrix_times_the_vector(tools, loss):
    stack, objective, x, y = problem(tools, loss)
    product, vectors = hessian_product(stack, objective), tools.starts(stack)
    for v in (vectors, vectors.roll(1, 0)):  # the graph serves many products
        for k in range(stack.K):
            torch.testing.assert_close(product(v)[k], dense_hessian(stack.unstack(k), x, y, loss) @ v[k])


def test_products_work_where_training_records_without_autograd(tools):
    stack, objective, x, y = problem(tools, "squared")
    start = tools.starts(stack)
    recipe = Recipe(optimizer="sgd", lr=0.1, updates=5)
    record = {"sharpness": lambda s: sharpness(s, objective, start, tolerance=1e-8).value}
    trained = train(stack, x, y, recipe, loss="squared", record=record, at=(0, 5))
    for k in range(stack.K):
        expected = torch.linalg.eigvalsh(dense_hessian(stack.unstack(k), x, y, "squared"))[-1]
        assert trained.curves["sharpness"][k, -1] == pytest.approx(expected.item(), rel=1e-8)


@each_loss
def test_lanczos_finds_the_largest_eigenvalue_of_every_replica(tools, loss):
    stack, objective, x, y = problem(tools, loss)
    top = sharpness(stack, objective, tools.starts(stack), tolerance=1e-6)
    assert top.converged.all()
    for k in range(stack.K):
        H = dense_hessian(stack.unstack(k), x, y, loss)
        torch.testing.assert_close(top.value[k], torch.linalg.eigvalsh(H)[-1])
        assert torch.linalg.vector_norm(H @ top.vector[k] - top.value[k] * top.vector[k]) <= 1e-6 * top.value[k]


SPECTRA = [np.linspace(-3, 7, 12), -np.linspace(1, 5, 12), np.full(12, 2.5), np.array([9.0] + [0.0] * 11)]


def test_lanczos_on_known_spectra_negative_constant_and_of_rank_one(tools):
    """All negative but for the bias's 1; one eigenvalue only; zeros only but for one: the space is soon exhausted."""
    stack, objective, _ = tools.quadratic(SPECTRA)
    top = sharpness(stack, objective, tools.starts(stack), tolerance=1e-9)
    assert top.converged.all()
    torch.testing.assert_close(top.value, torch.tensor([7.0, 1.0, 2.5, 9.0], dtype=torch.float64))


def test_lanczos_of_a_negative_definite_matrix_is_not_zero(tools):
    """An exhausted space must not add eigenvalues 0."""
    A = (
        -torch.eye(6, dtype=torch.float64).expand(2, 6, 6)
        * torch.tensor([3.0, 4.0], dtype=torch.float64)[:, None, None]
    )
    start = torch.ones(2, 6, dtype=torch.float64)
    top = largest_eigenvalue(lambda v: torch.einsum("kij,kj->ki", A, v), start)
    torch.testing.assert_close(top.value, torch.tensor([-3.0, -4.0], dtype=torch.float64))
    assert top.converged.all()


def test_lanczos_says_when_it_has_not_converged(tools):
    """Two eigenvalues a thousandth apart are not told apart in four products; the residual says so and is honest."""
    A = torch.diag(torch.cat([torch.linspace(0, 0.99, 60), torch.tensor([0.999, 1.0])]).double()).expand(2, -1, -1)

    def product(v):
        return torch.einsum("kij,kj->ki", A, v)

    start = torch.ones(2, 62, dtype=torch.float64)
    early = largest_eigenvalue(product, start, iterations=4, tolerance=1e-3)
    assert not early.converged.any()
    assert ((early.value < 1.0) & (early.residual > 1e-3)).all()
    late = largest_eigenvalue(product, start, iterations=62, tolerance=1e-9)
    assert late.converged.all()
    torch.testing.assert_close(late.value, torch.ones(2, dtype=torch.float64))


@pytest.mark.parametrize(("every", "products"), [(1, 3), (5, 6), (40, 41)])
def test_lanczos_stops_at_the_first_look_at_which_all_have_converged(every, products):
    """Two eigenvalues take two products; one more is for the residual."""
    A, asked = torch.diag(torch.tensor([1.0, 3.0] + [1.0] * 60).double()).expand(2, -1, -1), []

    def product(v):
        asked.append(1)
        return torch.einsum("kij,kj->ki", A, v)

    start = torch.ones(2, 62, dtype=torch.float64)
    top = largest_eigenvalue(product, start, iterations=40, tolerance=1e-6, every=every)
    torch.testing.assert_close(top.value, torch.full((2,), 3.0, dtype=torch.float64))
    assert len(asked) == products


def test_a_diverged_replica_is_infinite_and_does_not_disturb_its_neighbours(tools):
    stack, objective, _, _ = problem(tools, "squared")
    alone = sharpness(stack, objective, tools.starts(stack), tolerance=1e-8)
    weights = stack.weights()
    weights[1] = torch.nan
    stack.load(weights)
    top = sharpness(stack, objective, tools.starts(stack), tolerance=1e-8)
    assert torch.isposinf(top.value[1])
    assert torch.isposinf(top.residual[1])
    assert not top.converged[1]
    torch.testing.assert_close(top.value[[0, 2]], alone.value[[0, 2]])


def test_lanczos_refuses_what_finds_nothing(tools):
    with pytest.raises(ValueError, match="tolerance=2"):
        largest_eigenvalue(lambda v: v, torch.ones(1, 3), tolerance=2)


# curvlinops differentiates in forward mode, whose first use loads what torch calls deprecated.
@pytest.mark.filterwarnings("ignore:`torch.jit.script`")
@each_loss
def test_eigenvalue_and_products_agree_with_curvlinops(tools, loss):
    curvlinops = pytest.importorskip("curvlinops", reason="curvlinops-for-pytorch, an oracle, is not installed")
    linalg = pytest.importorskip("scipy.sparse.linalg")
    stack, objective, x, y = problem(tools, loss)
    top, vectors = sharpness(stack, objective, tools.starts(stack), tolerance=1e-8), tools.starts(stack, "vector")
    for k in range(stack.K):
        net = stack.unstack(k)
        criterion = {"squared": torch.nn.MSELoss, "cross_entropy": torch.nn.CrossEntropyLoss}[loss]()
        operator = curvlinops.HessianLinearOperator(net, criterion, list(net.parameters()), [(x, y)])
        torch.testing.assert_close(hessian_product(stack, objective)(vectors)[k], operator @ vectors[k])
        (value,) = linalg.eigsh(operator.to_scipy(), k=1, which="LA", return_eigenvectors=False)
        assert top.value[k].item() == pytest.approx(float(value), rel=1e-7)


def test_inertia_counts_the_signs_of_a_known_spectrum(tools):
    spectra = [np.array([-2.0, -1e-3, 0.0, 1e-14, 1e-3, 5.0]), np.array([1.0, 2, 3, 4, 5, 6])]
    _, _, A = tools.quadratic(spectra)
    counts = inertia(A, tolerance=1e-10)
    assert counts.positive.tolist() == [2, 6]
    assert counts.zero.tolist() == [2, 0]
    assert counts.negative.tolist() == [2, 0]
    assert inertia(A, tolerance=1e-2).zero.tolist() == [4, 0]
    assert inertia(1e-12 * A, tolerance=1e-10).positive.tolist() == [2, 6]
    torch.testing.assert_close(counts.eigenvalues, torch.from_numpy(np.sort(spectra)), atol=1e-13, rtol=0)


def test_inertia_finds_the_zeros_of_two_units_that_do_the_same(tools):
    """A linear hidden layer can be rescaled without changing the function: at zero residual that direction is flat."""
    stack, (x, _, _) = tools.stack(replicas=1, widths=(1,), activation="identity"), tools.data()
    y = stack.forward(x).detach()[0]
    counts = inertia(hessian(stack, mean_loss(x, y, squared)), tolerance=1e-12)
    # 3 + 6 parameters of a map of rank one: 5 of a matrix and 3 of an offset; its own bias is one more that is free.
    assert (int(counts.negative[0]), int(counts.zero[0]), int(counts.positive[0])) == (0, 2, 7)


def test_inertia_refuses_single_precision():
    with pytest.raises(ValueError, match="float64"):
        inertia(torch.eye(3)[None], tolerance=1e-6)

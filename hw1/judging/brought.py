"""What a user brings to `hw1.check`, looked at before anything is built with it: is it what can be called?"""

import difflib
import inspect
from collections.abc import Mapping
from importlib.metadata import entry_points
from numbers import Integral
from typing import Any

from hw1.registry import Claim, all_claims, claims_of, experiments, find_claim
from hw1.replaced import Replacements

GROUP = "hw1.claims"  # of entry points: [project.entry-points."hw1.claims"] mine = "my_claims"
_NET = "net=lambda inputs, outputs: torch.nn.Sequential(...)"
_OPTIMIZER = "optimizer=torch.optim.Adam, or lambda parameters, lr, weight_decay=0: ..."
_TARGET = "target=lambda x: x**2"


def claim_of(given: Any) -> Claim:
    """The claim that a user named, or gave.

    Raises
    ------
    ValueError : where there is none of that name, or it is no claim
    """
    if isinstance(given, Claim):
        return given
    if isinstance(given, str):
        return _named(given)
    if inspect.isfunction(given):
        raise ValueError(
            f"{given.__name__} is a function and no claim: decorate it with @hw1.registry.claim(source=..., "
            f"control=..., assay=...)"
        )
    raise ValueError(
        f"{given!r:.80} of type {type(given).__name__} is no claim: give the name of one (python -m hw1 list), or a "
        f"claim of your own itself"
    )


def _named(name: str) -> Claim:
    names = [made.name for made in all_claims()]
    inside = [made.name for one in experiments().values() if name in (one.name, one.family) for made in one.claims]
    if inside:
        raise ValueError(f"{name} is an experiment or a family, and no claim: its claims are {', '.join(inside)}")
    if name not in names and (installed := _installed(name)):
        return installed
    if name not in names and (near := difflib.get_close_matches(name.lower(), names, n=1)):
        raise ValueError(f"no claim {name!r}: did you mean {near[0]}?")
    if name not in names:
        raise ValueError(
            f"no claim {name!r}, neither in the package that is searched (python -m hw1 list) nor in an installed one "
            f"that names itself in the group {GROUP!r} of its entry points. A claim of your own may be given itself: "
            f"from your_package.family.experiment import {_identifier(name)}; hw1.check({_identifier(name)}); or on "
            f"the command line: python -m hw1 --claims your_package check {_identifier(name)}"
        )
    return find_claim(name)


def _installed(name: str) -> Claim | None:
    """The claim of that name in a package that is installed and says in its entry points that it holds claims."""
    for point in entry_points(group=GROUP):
        with claims_of(point.value):
            found = [made for made in all_claims() if made.name == name]
        if found:
            return found[0]
    return None


def require_whole(least: int = 1, most: int | None = None, **given: Any) -> None:
    """Refuse what is no whole number, or one out of range; None stands for what is planned.

    Raises
    ------
    ValueError : naming what was given
    """
    for name, number in given.items():
        if number is None:
            continue
        is_whole = isinstance(number, Integral) and not isinstance(number, bool)
        if not is_whole or number < least or (most is not None and number > most):
            bounds = f"{least} or more" if most is None else f"from {least} to {most}"
            raise ValueError(f"{name}={number!r:.60}: give a whole number, {bounds}")


def _identifier(name: str) -> str:
    return name if name.isidentifier() else "my_claim"


def replacements_of(net: Any, data: Any, optimizer: Any, target: Any, precision: str | None) -> Replacements | None:
    """What stands in place of ours; None where nothing does.

    Raises
    ------
    ValueError : for a net or an optimizer itself where what makes one is wanted, for what cannot be called so, and for
        data in no form that can be read
    """
    if precision not in (None, "float32", "float64"):
        raise ValueError(f"precision={precision!r} is neither float32 nor float64")
    for one in net.values() if isinstance(net, Mapping) else [net]:
        _check_net(one)
    for one in optimizer.values() if isinstance(optimizer, Mapping) else [optimizer]:
        _check_optimizer(one)
    _check_called("target", target, ([0.0],), {}, "with an array of float64", _TARGET)
    if data is not None:
        from hw1.data.own import examples_of

        data = examples_of(data)
    own = Replacements(
        net=net, data=data, optimizer=optimizer, target=target, precision=None if precision == "float32" else precision
    )
    return own if own.hold_code or own.precision else None


def _check_net(net: Any) -> None:
    if hasattr(net, "state_dict") and hasattr(net, "forward") and not isinstance(net, type):
        raise ValueError(
            f"net is a {type(net).__name__} itself, and every seed needs a net of its own: give a function that builds "
            f"one, {_NET}"
        )
    _check_called("net", net, (1, 1), {}, "with the numbers of inputs and outputs", _NET)


def _check_optimizer(optimizer: Any) -> None:
    if hasattr(optimizer, "param_groups") and not isinstance(optimizer, type):
        raise ValueError(
            f"optimizer is a {type(optimizer).__name__} itself, and every net needs one over its own parameters: give "
            f"its class, or what makes one: {_OPTIMIZER}"
        )
    if isinstance(optimizer, str):
        raise ValueError(
            f"optimizer={optimizer!r} is text: give {_OPTIMIZER} (where the setting has a field `optimizer`, one of "
            f"ours is set={{'optimizer': 'adam'}})"
        )
    _check_called("optimizer", optimizer, ([],), {"lr": 0.1}, "as optimizer(parameters, lr=...)", _OPTIMIZER)


def _check_called(name: str, given: Any, args: tuple[Any, ...], named: Mapping[str, Any], how: str, way: str) -> None:
    """Refuse what cannot be called with these arguments; None stands for ours."""
    if given is None:
        return
    if not callable(given):
        raise ValueError(
            f"{name}={given!r:.60} of type {type(given).__name__} cannot be called, and is called {how}: give {way}"
        )
    try:
        inspect.signature(given).bind(*args, **named)
    except TypeError as error:
        called = getattr(given, "__name__", type(given).__name__)
        raise ValueError(f"{name}: {called} cannot be called {how} ({error}): give {way}") from error
    except ValueError:  # a ufunc and other built-in code has no signature to read; the trial calls it
        return

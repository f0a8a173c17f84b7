"""Pictures: what they show is what numact computes, and what cannot be drawn is said."""

from __future__ import annotations

import io
import math
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from matplotlib import image
from matplotlib.figure import Figure

import numact
from numact import moments, registry
from numact.cli import group
from numact.errors import MissingExtraError, NumactError, UnknownParameterError
from numact.pictures.curves import band, curve, kink_places, window
from numact.pictures.figures import FIGURES, figure
from numact.pictures.plots import plot
from numact.pictures.style import DASHES, PALETTE, line_styles
from numact.pictures.subjects import MOST, Subject, subjects
from numact.spec import Activation

NAMES = registry.names()
SELU = registry.get_spec("selu")
ELU = registry.get_spec("elu")


def subject(name: str, **parameters: Any) -> Subject:
    (found,) = subjects([registry.get_spec(name)], parameters)
    return found


def lines_with(panel: Any, marker: str) -> list[tuple[float, float]]:
    """Points that a panel marks with open or filled circles."""
    return [
        (x, y)
        for line in panel.get_lines()
        if line.get_marker() == "o" and (line.get_markerfacecolor() == "white") == (marker == "open")
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_every_registered_activation_has_a_picture(name: str) -> None:
    spec = registry.get_spec(name)
    picture = spec.plot()
    count = {"axis": 2, "gated": 3}.get(spec.kind, 2)
    panels = [panel for panel in picture.axes if panel.get_title()]
    assert len(panels) == count
    assert all(panel.get_xlabel() and panel.get_ylabel() and panel.has_data() for panel in panels)


def test_a_curve_is_what_numact_computes() -> None:
    panel = ELU.plot(alpha=2.0).axes[0]
    x, y = panel.get_lines()[0].get_data()
    assert x[0] < -3.9 and np.nanmax(x) > 3.9
    np.testing.assert_array_equal(y, numact.elu(x, alpha=2.0))


def test_several_values_are_several_lines_with_their_own_colour_and_dash() -> None:
    panel = ELU.plot(alpha=[0.5, 1, 2]).axes[0]
    lines = [line for line in panel.get_lines() if line.get_label().startswith("alpha")]
    assert [line.get_label() for line in lines] == ["alpha = 0.5", "alpha = 1", "alpha = 2"]
    assert len({line.get_color() for line in lines}) == len({line.get_linestyle() for line in lines}) == 3


def test_no_two_lines_of_one_picture_look_the_same() -> None:
    styles = [
        (style["color"], str(style["linestyle"]))
        for style, _ in zip(line_styles(), range(MOST), strict=False)
    ]
    assert len(set(styles)) == MOST <= math.lcm(len(PALETTE), len(DASHES))


def test_kinks_are_marked_and_a_jump_has_two_sides() -> None:
    value, derivative = registry.get_spec("hardshrink").plot(lambd=1.0).axes
    assert set(lines_with(value, "filled")) >= {(-1.0, 0.0), (1.0, 0.0)}
    assert [round(x) for x, _ in lines_with(derivative, "open")] == [-1, 1]
    assert [y for _, y in lines_with(derivative, "open")] == [1.0, 1.0]
    assert {(x, y) for x, y in lines_with(derivative, "filled") if x} == {(-1.0, 0.0), (1.0, 0.0)}


def test_lines_are_cut_where_a_value_jumps() -> None:
    drawn = curve(subject("hardshrink"), -2.0, 2.0, derivative=False)
    steps = np.abs(np.diff(drawn.y))
    assert np.nanmax(steps) < 0.01


def test_the_derivative_of_elu_jumps_for_alpha_other_than_1_and_that_of_celu_never() -> None:
    alphas = [0.5, 1.0, 2.0]
    jumps = {
        name: [
            any(kink.jumps for kink in curve(subject(name, alpha=alpha), -1, 1, derivative=True).kinks)
            for alpha in alphas
        ]
        for name in ("elu", "celu")
    }
    assert jumps == {"elu": [True, False, True], "celu": [False] * 3}


def test_limits_are_drawn_at_their_sides() -> None:
    panel = SELU.plot(derivative=False).axes[0]
    (limit,) = [line for line in panel.get_lines() if line.get_zorder() == 3]
    assert set(limit.get_ydata()) == {SELU.limits[0]}
    assert max(limit.get_xdata()) < 0


def test_the_window_shows_near_kinks_and_leaves_far_ones_out() -> None:
    assert window([subject("relu6")]) == (-4.0, 8.0)
    assert kink_places(subject("softplus")) == [20.0]
    assert window([subject("softplus")]) == (-4.0, 4.0)


def test_the_band_of_rrelu_reaches_from_its_least_slope_to_its_greatest() -> None:
    x = np.array([-4.0, -1.0, 0.0, 2.0])
    lower, upper = band(subject("rrelu", lower=0.25, upper=0.5), x)
    np.testing.assert_allclose(lower, [-2.0, -0.5, 0.0, 2.0])
    np.testing.assert_allclose(upper, [-1.0, -0.25, 0.0, 2.0])
    draws = [numact.rrelu(x, lower=0.25, upper=0.5, training=True, seed=seed) for seed in range(20)]
    assert np.all((lower <= np.array(draws)) & (np.array(draws) <= upper))


def test_a_row_shows_every_element_and_its_derivative() -> None:
    value, derivative = registry.get_spec("softmax").plot().axes
    lines = np.array([line.get_ydata() for line in value.get_lines()])
    np.testing.assert_allclose(lines.sum(axis=0), 1.0)
    x = value.get_lines()[0].get_xdata()
    slope = np.gradient(lines[0], x)
    np.testing.assert_allclose(derivative.get_lines()[0].get_ydata()[1:-1], slope[1:-1], atol=1e-3)


GATED = Activation(
    name="bilinear", summary="Product.", formula="a * b", references=("https://example.org",), kind="gated"
)


def test_a_gated_activation_is_a_map_with_both_derivatives() -> None:
    panels = [panel for panel in GATED.plot().axes if panel.get_title()]
    assert [panel.get_title() for panel in panels] == [
        "value",
        "derivative by a",
        "derivative by b, the gate",
    ]


def test_own_axes_are_drawn_into() -> None:
    own = Figure()
    axes = own.subplots(1, 2)
    assert SELU.plot(axes=axes) is own
    assert [panel.get_title() for panel in axes] == ["value", "derivative"]
    with pytest.raises(NumactError, match="2 panels and needs as many axes, got 1"):
        SELU.plot(axes=axes[0])


def test_bound_parameters_are_drawn() -> None:
    picture = numact.get("elu", alpha=3.0).plot()
    assert picture.get_suptitle() == "elu (alpha = 3)"
    assert numact.get("gelu", approximate="tanh").plot().get_suptitle() == "gelu_tanh"


def test_an_unregistered_activation_draws_itself() -> None:
    cube = Activation(name="cube", summary="Cube.", formula="x**3", references=("https://example.org",))
    assert cube.plot(x=(-1, 1)).axes[0].get_xlim() == (-1.0, 1.0)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"alhpa": 1.0}, "elu has no parameter 'alhpa'; did you mean 'alpha'?"),
        ({"x": (2, 1)}, "two finite numbers, low then high, got 2 and 1"),
        ({"x": (0, math.inf)}, "got 0 and inf"),
        ({"alpha": [1.0] * (MOST + 1)}, f"at most {MOST} lines, got {MOST + 1}"),
    ],
)
def test_what_cannot_be_drawn_is_said(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(NumactError) as raised:
        ELU.plot(**options)
    assert sentence in str(raised.value)


def test_several_activations_take_the_parameters_they_have() -> None:
    relu = registry.get_spec("relu")
    shown = subjects([relu, ELU], {"alpha": [1.0, 2.0]})
    assert [each.label for each in shown] == ["relu", "elu, alpha = 1", "elu, alpha = 2"]
    with pytest.raises(UnknownParameterError, match="none of relu, elu has a parameter 'beta'"):
        subjects([relu, ELU], {"beta": 1.0})
    with pytest.raises(NumactError, match="only activations that map a number to a number"):
        plot([ELU, registry.get_spec("softmax")])


def test_selus_map_has_the_fixed_point_and_the_slopes_of_its_paper() -> None:
    """Klambauer and others, NeurIPS 2017, section 3: the Jacobian at mean 0 and variance 1."""
    mean, variance = moments.fixed_point("selu")
    assert math.isclose(mean, 0.0, abs_tol=1e-12) and math.isclose(variance, 1.0, abs_tol=1e-12)
    step = 1e-5
    above, below = (moments.moment_map("selu", 0.0, 1.0 + sign * step) for sign in (1, -1))
    slopes = np.subtract(above, below) / (2 * step)
    np.testing.assert_allclose(slopes, [0.088834, 0.782648], atol=2e-6)


def test_a_map_without_a_fixed_point_says_so() -> None:
    numact.register(
        Activation(name="doubled", summary="2 x.", formula="2 * x", references=("https://example.org",))
    )
    try:
        with pytest.raises(NumactError, match="no fixed point within 9 layers"):
            moments.fixed_point("doubled", steps=9)
    finally:
        numact.unregister("doubled")


def test_the_fixed_point_is_marked_where_it_was_computed() -> None:
    (panel,) = figure("selu-map").axes
    (star,) = [line for line in panel.get_lines() if line.get_marker() == "*"]
    assert (star.get_xdata()[0], star.get_ydata()[0]) == moments.fixed_point("selu")


def test_the_figures_are_drawn_with_all_labels_inside() -> None:
    for name in FIGURES:
        written = io.BytesIO()
        picture = figure(name)
        picture.savefig(written, format="png", dpi=50)
        written.seek(0)
        pixels = image.imread(written)[..., :3]
        border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
        assert border.min() == 1.0, f"something of {name} leaves the page"


@pytest.mark.parametrize("name", ["relu-family", "elu-celu"])
def test_legends_stand_under_the_curves(name: str) -> None:
    picture = figure(name)
    picture.draw_without_rendering()
    for panel in picture.axes:
        legend = panel.get_legend()
        assert legend is not None
        assert legend.get_window_extent().y1 < panel.get_window_extent().y0
        assert legend.get_window_extent().y0 > 0


def test_a_title_of_many_names_stays_on_the_page() -> None:
    names = [name for name in NAMES if registry.get_spec(name).kind == "elementwise"][:MOST]
    picture = plot([registry.get_spec(name) for name in names], derivative=False)
    picture.draw_without_rendering()
    (title,) = picture.texts
    extent = title.get_window_extent()
    assert extent.x0 >= 0 and extent.x1 <= picture.bbox.x1


def test_svg_is_the_same_every_time() -> None:
    text = SELU.plot().svg()
    assert text == SELU.plot().svg()
    assert ElementTree.fromstring(text).tag.endswith("svg")


def test_without_matplotlib_the_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "import numact\n"
        "from numact.errors import MissingExtraError\n"
        "try: numact.relu.plot()\n"
        "except MissingExtraError as error: print(error)\n"
        "print(numact.relu._repr_html_())"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    sentence, card = result.stdout.splitlines()
    assert sentence == "pictures need matplotlib: pip install 'numact[plot]'"
    assert "$$\\max\\left(0, x\\right)$$" in card
    assert "No picture: pictures need matplotlib" in card
    assert issubclass(MissingExtraError, ImportError)


def test_a_notebook_shows_formula_parameters_and_picture() -> None:
    shown = numact.get("celu", alpha=0.5)._repr_html_()
    assert r"e^{\frac{x}{\alpha}}" in shown
    assert "<td>alpha</td><td>0.5</td><td>finite and nonzero</td>" in shown
    assert 'src="data:image/svg+xml;base64,' in shown
    assert "<td>required</td>" in registry.get_spec("threshold")._repr_html_()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(group, ["plot", *arguments])


def test_the_command_writes_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "elu.png"
    result = run("elu", "--alpha", "0.5", "--alpha=2", "--derivative", "-o", str(path))
    assert (result.exit_code, result.output) == (0, f"Wrote {path}\n")
    assert image.imread(path).shape[1] > 1000


def test_the_command_draws_figures_and_lists_them(tmp_path: Path) -> None:
    lines = run("--figure", "list").output.splitlines()
    assert [line.split()[0] for line in lines] == list(FIGURES)
    assert "fixed point" in lines[list(FIGURES).index("selu-map")]
    path = tmp_path / "family.svg"
    assert run("--figure", "relu-family", "-o", str(path)).exit_code == 0
    assert path.read_text(encoding="utf-8").startswith("<?xml")


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ([], 2, "Name an activation"),
        (["sellu"], 2, "did you mean 'selu'?"),
        (["elu", "--alhpa", "1"], 2, "did you mean '--alpha'?"),
        (["elu", "--alpha"], 2, "requires an argument"),
        (["elu", "--alpha", "nan"], 2, "must be finite"),
        (["elu", "-o", "elu.doc"], 2, "must end in one of"),
        (["elu", "-o", "/no/such/folder/elu.png"], 1, "cannot write"),
        (["--figure", "selu-mop"], 2, "did you mean 'selu-map'?"),
        (["elu", "--figure", "selu-map"], 2, "takes neither activations"),
    ],
)
def test_wrong_commands_say_what_is_wrong(arguments: list[str], code: int, sentence: str) -> None:
    result = run(*arguments)
    assert result.exit_code == code
    assert sentence in result.output

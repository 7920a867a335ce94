"""What a single neuron can and cannot do, in closed form."""


def separability(points: int, inputs: int) -> float:
    """The probability that some weights of a neuron without a bias give `points` random labels of two kinds.

    2^(1 - P) * sum of C(P - 1, k) for k < N, for N inputs and P points in general position (no N of them lie in one
    hyperplane through 0). It is 1 up to P = N, where all labels are possible, and 1/2 at P = 2N, the capacity of a
    neuron. With growing N the fall from 1 to 0 becomes a step at P/N = 2. The sum is over integers, so no P overflows.

    Raises ValueError for fewer than 1 point or 1 input.
    Source: Cover 1965, "Geometrical and statistical properties of systems of linear inequalities".
    """
    if points < 1 or inputs < 1:
        raise ValueError(f"points and inputs must be at least 1, got {points} and {inputs}")
    term = total = 1
    for k in range(1, min(inputs, points)):
        term = term * (points - k) // k
        total += term
    return total / (1 << (points - 1))


def mistake_bound(radius: float, margin: float) -> float:
    """The most mistakes that a perceptron can make on separable examples, however they are presented: (R/gamma)^2.

    `radius` is the length of the longest input. `margin` is the distance from the nearest input to the plane w.x = 0 of
    any w that gives all inputs their labels; the widest margin gives the tightest bound. A margin of 0 gives inf.

    Raises ValueError if radius or margin is negative or NaN.
    Source: Novikoff 1962, "On convergence proofs on perceptrons".
    """
    if not (radius >= 0 and margin >= 0):
        raise ValueError(f"radius and margin must be at least 0, got {radius} and {margin}")
    return (radius / margin) ** 2 if margin > 0 else float("inf")

//! Whether two numbers lie within a tolerance, as it is computed on paper.

/// The powers of ten of every digit of a product of two finite doubles, and room for sums.
const LOWEST: i32 = -690;
const PLACES: usize = 1320;

/// Whether the product `given` is at most `tolerance` away from `wanted`, exactly: each number counts as the
/// shortest decimal that stands for its double, which is what was written when that had not more
/// than 15 digits. What is not finite is within no tolerance.
pub(super) fn within(wanted: f64, given: (f64, f64), tolerance: f64) -> bool {
    within_product(wanted, given, (tolerance, 1.0))
}

/// Whether the product `given` is at most this share of `wanted` away from it, as exactly.
pub(super) fn within_share(wanted: f64, given: (f64, f64), share: f64) -> bool {
    within_product(wanted, given, (share, wanted.abs()))
}

/// Whether the distance is at most the product of two numbers.
fn within_product(wanted: f64, given: (f64, f64), tolerance: (f64, f64)) -> bool {
    let over = sign_of_sum([(1, (wanted, 1.0)), (-1, given), (-1, tolerance)]);
    let under = sign_of_sum([(1, given), (-1, (wanted, 1.0)), (-1, tolerance)]);
    over.is_some_and(|sign| sign <= 0) && under.is_some_and(|sign| sign <= 0)
}

/// The sign of the exact sum of products, each of them times 1 or -1.
fn sign_of_sum(terms: [(i32, (f64, f64)); 3]) -> Option<i32> {
    let mut places = [0_i32; PLACES];
    for (factor, (one, other)) in terms {
        let (one, other) = (Decimal::of(one)?, Decimal::of(other)?);
        let factor = factor * one.sign * other.sign;
        for (place, digit) in one.digits() {
            for (at, by) in other.digits() {
                let column = usize::try_from(place + at - LOWEST).ok()?;
                *places.get_mut(column)? += factor * digit * by;
            }
        }
    }
    let (mut carry, mut zero) = (0, true);
    for column in places {
        let sum = column + carry;
        carry = sum.div_euclid(10);
        zero &= sum.rem_euclid(10) == 0;
    }
    match carry {
        0 if zero => Some(0),
        0 => Some(1),
        carry => Some(carry.signum()),
    }
}

/// The shortest digits that stand for a double and no other.
struct Decimal {
    sign: i32,
    /// Such as 1.602e-19.
    digits: String,
    exponent: i32,
}

impl Decimal {
    /// `None` for what is not finite.
    fn of(number: f64) -> Option<Self> {
        if !number.is_finite() {
            return None;
        }
        let text = format!("{:e}", number.abs());
        let (digits, exponent) = text.split_once('e')?;
        Some(Self {
            sign: if number < 0.0 { -1 } else { 1 },
            digits: digits.replace('.', ""),
            exponent: exponent.parse().ok()?,
        })
    }

    /// The digits and their powers of ten.
    fn digits(&self) -> impl Iterator<Item = (i32, i32)> {
        let values = self.digits.chars().filter_map(|letter| letter.to_digit(10));
        let places = (0..).map(|index| self.exponent - index);
        places.zip(values.filter_map(|digit| i32::try_from(digit).ok()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::within;

    #[test]
    fn the_edge_of_a_tolerance_is_exact_at_every_magnitude() {
        let cases = [
            (1.602e-19, 1e-21, 1.602e-19, true),
            (1.602e-19, 1e-21, 1.612e-19, true),
            (1.602e-19, 1e-21, 1.592e-19, true),
            (1.602e-19, 1e-21, 1.613e-19, false),
            (1.602e-19, 1e-21, 0.0, false),
            (1.602e-19, 1e-21, 5e-17, false),
            (0.3, 0.1, 0.4, true),
            (0.3, 0.1, 0.2, true),
            (0.3, 0.1, 0.400_000_000_000_001, false),
            (0.1, 0.2, 0.3, true),
            (0.3, 0.0, 0.3, true),
            (0.3, 0.0, 0.1 + 0.2, false),
            (-0.5, 0.25, -0.75, true),
            (-0.5, 0.25, -0.751, false),
            (1e15, 0.1, 1e15, true),
            (1e15, 1e-300, 1e15, true),
            (9.999e14, 1e11, 1e15, true),
            (9.998e14, 1e11, 1e15, false),
            (5e-324, 0.0, 5e-324, true),
            (5e-324, 0.0, 0.0, false),
            (1.0, f64::INFINITY, 1.0, false),
            (f64::MAX, 0.0, f64::MAX, true),
            (0.0, 0.0, -0.0, true),
        ];
        for (wanted, tolerance, given, right) in cases {
            let told = within(wanted, (given, 1.0), tolerance);
            assert_eq!(told, right, "{given} for {wanted} ± {tolerance}");
        }
    }

    #[test]
    fn the_edge_of_a_share_is_exact_at_every_magnitude() {
        let cases = [
            (10.0, 0.05, 10.5, true),
            (10.0, 0.05, 9.5, true),
            (10.0, 0.05, 10.500_000_000_000_01, false),
            (-10.0, 0.05, -10.5, true),
            (-10.0, 0.05, 10.0, false),
            (1e30, 0.1, 1.1e30, true),
            (1e30, 0.1, 1.1001e30, false),
            (1e-30, 0.3, 1.3e-30, true),
            (1e-30, 0.3, 0.7e-30, true),
            (1e-30, 0.3, 1.300_000_000_000_01e-30, false),
            (0.3, 0.1, 0.33, true),
            (0.3, 0.1, 0.27, true),
            (0.0, 0.5, 0.0, true),
            (0.0, 0.5, 1e-300, false),
            (5e-324, 0.5, 5e-324, true),
            (1.0, f64::INFINITY, 1.0, false),
            (f64::MAX, 1.0, 0.0, true),
        ];
        for (wanted, share, given, right) in cases {
            let told = super::within_share(wanted, (given, 1.0), share);
            assert_eq!(told, right, "{given} for {wanted} ± {share} of it");
        }
    }

    proptest! {
        /// Integers times a power of ten are computed exactly by other means.
        #[test]
        fn it_is_the_comparison_of_integers_shifted_by_any_power(
            wanted in -1_000_000_i64..1_000_000,
            off in -2000_i64..2000,
            tolerance in 0_i64..2000,
            power in -300_i32..9,
        ) {
            let shifted = |number: i64| format!("{number}e{power}").parse::<f64>().unwrap();
            prop_assert_eq!(
                within(shifted(wanted), (shifted(wanted + off), 1.0), shifted(tolerance)),
                off.abs() <= tolerance
            );
        }
    }
}

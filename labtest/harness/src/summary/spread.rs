//! Mean and standard deviation of many numbers, exact whatever the order they come in.

/// Numbers added up. Sums are whole numbers, so that parts added up in any order are the whole; those
/// too large for that, which no run has, stop at the largest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// How many.
    pub count: u64,
    /// Their sum.
    pub sum: u128,
    /// The sum of their squares.
    pub squares: u128,
}

impl Spread {
    /// Adds a number.
    pub fn add(&mut self, number: u64) {
        let number = u128::from(number);
        self.count = self.count.saturating_add(1);
        self.sum = self.sum.saturating_add(number);
        self.squares = self.squares.saturating_add(number * number);
    }

    /// Adds what was added to another.
    pub fn add_all(&mut self, other: &Spread) {
        self.count = self.count.saturating_add(other.count);
        self.sum = self.sum.saturating_add(other.sum);
        self.squares = self.squares.saturating_add(other.squares);
    }

    /// The mean; zero of nothing.
    pub fn mean(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.sum as f64 / self.count as f64 }
    }

    /// The standard deviation of what was added, taken as a sample; zero of fewer than two.
    pub fn deviation(&self) -> f64 {
        if self.count < 2 {
            return 0.0;
        }
        // count² × variance, in whole numbers: nothing is lost when the numbers are nearly the same.
        let count = u128::from(self.count);
        let of_squares = count.saturating_mul(self.squares);
        let scaled = of_squares.saturating_sub(self.sum.saturating_mul(self.sum));
        (scaled as f64 / (count * (count - 1)) as f64).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(numbers: &[u64]) -> Spread {
        let mut spread = Spread::default();
        numbers.iter().for_each(|number| spread.add(*number));
        spread
    }

    #[test]
    fn mean_and_deviation_are_those_of_the_numbers() {
        let spread = of(&[2, 4, 4, 4, 5, 5, 7, 9]);
        assert_eq!(spread.mean(), 5.0);
        assert!((spread.deviation() - (32.0_f64 / 7.0).sqrt()).abs() < 1e-12);
        assert_eq!((of(&[]).mean(), of(&[]).deviation()), (0.0, 0.0));
        assert_eq!((of(&[3]).mean(), of(&[3]).deviation()), (3.0, 0.0));
    }

    #[test]
    fn large_numbers_that_hardly_differ_keep_their_deviation() {
        let large = 120_000_000_000;
        assert!((of(&[large, large + 1, large + 2]).deviation() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_largest_numbers_overflow_nothing() {
        let mut spread = of(&[u64::MAX; 3]);
        spread.add_all(&of(&[u64::MAX, 0]));
        assert_eq!((spread.count, spread.sum), (5, 4 * u128::from(u64::MAX)));
        assert_eq!(spread.squares, u128::MAX);
        assert!(spread.mean().is_finite() && spread.deviation().is_finite());
    }

    #[test]
    fn parts_are_the_whole_in_any_order() {
        let (mut first, second) = (of(&[1, 2]), of(&[3]));
        first.add_all(&second);
        assert_eq!(first, of(&[3, 2, 1]));
    }
}

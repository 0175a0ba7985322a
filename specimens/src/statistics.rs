//! Medians and the like of hunts, of which some have caught nothing.

/// The value that `percent` of a hundred do not exceed (nearest rank). A hunt that caught nothing
/// has taken longer than all others; `None` when it is one of them.
pub(crate) fn quantile<T: Ord + Copy>(values: &[Option<T>], percent: usize) -> Option<T> {
    let mut sorted = values.to_vec();
    sorted.sort_by_key(|value| (value.is_none(), *value));
    let rank = (sorted.len() * percent).div_ceil(100);
    *sorted.get(rank.saturating_sub(1))?
}

/// How many of a hundred, rounded down so that 100 means all; 100 of none.
pub(crate) fn percentage(part: usize, whole: usize) -> usize {
    (part * 100).checked_div(whole).unwrap_or(100)
}

/// The mean of what is compared by ratios: twice as long here and half as long there is no difference. None
/// of none; every value is above 0.
pub(crate) fn geometric_mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0, 0.0), |(count, sum), value| (count + 1, sum + value.ln()));
    (count > 0).then(|| (sum / f64::from(count)).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_three_is_the_one_in_the_middle_and_the_90th_percentile_the_last() {
        let values = [Some(30), Some(1), Some(7)];
        assert_eq!(quantile(&values, 50), Some(7));
        assert_eq!(quantile(&values, 90), Some(30));
        let ten: Vec<_> = (1..=10).map(Some).collect();
        assert_eq!(quantile(&ten, 50), Some(5));
        assert_eq!(quantile(&ten, 90), Some(9));
        assert_eq!(quantile(&ten, 100), Some(10));
        assert_eq!(quantile(&ten, 0), Some(1));
        assert_eq!(quantile::<u64>(&[], 50), None);
    }

    #[test]
    fn a_hunt_that_caught_nothing_took_longer_than_all_others() {
        let values = [None, Some(5), Some(2)];
        assert_eq!(quantile(&values, 50), Some(5));
        assert_eq!(quantile(&values, 90), None);
        assert_eq!(quantile::<u64>(&[None, None, Some(1)], 50), None);
    }

    #[test]
    fn twice_as_long_and_half_as_long_are_no_difference() {
        let mean = |values: &[f64]| geometric_mean(values.iter().copied());
        assert_eq!(mean(&[]), None);
        assert!((mean(&[50.0, 200.0]).unwrap() - 100.0).abs() < 1e-9);
        assert!((mean(&[7.0]).unwrap() - 7.0).abs() < 1e-9);
    }

    #[test]
    fn all_but_one_is_not_a_hundred_percent() {
        assert_eq!(percentage(0, 3), 0);
        assert_eq!(percentage(999, 1000), 99);
        assert_eq!(percentage(1000, 1000), 100);
        assert_eq!(percentage(0, 0), 100);
    }
}

//! How far a rate that was seen can be from the true one.

/// The 95 % interval of a rate that was seen as `hits` of `runs`, after Wilson: unlike the usual
/// one it says something useful also when nothing, or everything, was hit.
pub fn wilson_interval(hits: u64, runs: u64) -> (f64, f64) {
    const Z: f64 = 1.959_964;
    if runs == 0 {
        return (0.0, 1.0);
    }
    let (n, rate) = (runs as f64, hits as f64 / runs as f64);
    let middle = rate + Z * Z / (2.0 * n);
    let spread = Z * (rate * (1.0 - rate) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    let (low, high) = ((middle - spread) / scale, (middle + spread) / scale);
    // At the ends the interval is exact but for rounding.
    (if hits == 0 { 0.0 } else { low }, if hits == runs { 1.0 } else { high })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_agrees_with_published_values() {
        let near = |(low, high): (f64, f64), expected: (f64, f64)| {
            assert!((low - expected.0).abs() < 5e-5, "{low}");
            assert!((high - expected.1).abs() < 5e-5, "{high}");
        };
        // Newcombe (1998), table I, method 3: 81/263, 15/148, 0/20, 1/29.
        near(wilson_interval(81, 263), (0.2553, 0.3662));
        near(wilson_interval(15, 148), (0.0624, 0.1605));
        near(wilson_interval(0, 20), (0.0000, 0.1611));
        near(wilson_interval(1, 29), (0.0061, 0.1718));
        near(wilson_interval(0, 0), (0.0, 1.0));
    }
}

//! Which keys are asked for, made beforehand.

/// How many there are.
pub const KEYS: u64 = 10_000;
const ZIPF: f64 = 0.99;
const TENANTS: [&str; 8] =
    ["acme", "globex", "initech", "umbrella", "hooli", "stark-industries", "wayne", "wonka"];

/// A key of two parts.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    pub tenant: &'static str,
    pub id: u64,
}

impl Member {
    pub fn of(id: u64) -> Self {
        Self { tenant: TENANTS[id as usize % TENANTS.len()], id }
    }
}

/// How often each key is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// One key alone.
    Hot,
    /// Few keys often, many rarely: zipf 0.99 over all.
    Zipf,
}

impl Spread {
    /// So many ids, others for another seed.
    pub fn ids(self, count: usize, seed: u64) -> Vec<u64> {
        match self {
            Self::Hot => vec![17; count],
            Self::Zipf => zipf(count, seed),
        }
    }
}

fn zipf(count: usize, seed: u64) -> Vec<u64> {
    let mut sum = 0.0;
    let weight = |rank: u64| 1.0 / (rank as f64).powf(ZIPF);
    let sums: Vec<f64> = (1..=KEYS)
        .map(|rank| {
            sum += weight(rank);
            sum
        })
        .collect();
    let mut random = Random(seed);
    let draw = |_| {
        let point = random.next() * sum;
        let rank = sums.partition_point(|upto| *upto < point) as u64;
        // Frequent keys are not neighbours: 7919 has no divisor in common with the number of keys.
        rank.min(KEYS - 1) * 7919 % KEYS
    };
    (0..count).map(draw).collect()
}

/// SplitMix64: the same numbers in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_keys_are_asked_for_often() {
        let ids = Spread::Zipf.ids(100_000, 1);
        assert!(ids.iter().all(|id| *id < KEYS));
        let most = ids.iter().filter(|id| **id == 0).count();
        assert!((9_000..12_000).contains(&most), "{most}");
        assert_ne!(ids, Spread::Zipf.ids(100_000, 2));
    }
}

//! The figures of several rounds as a table in Markdown, for `docs/speed.md`.

use std::time::Duration;

/// One side of a race.
pub(crate) struct Row {
    name: String,
    times: Vec<Duration>,
    target: Option<Target>,
}

/// What the ratio to the first row is to be.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    /// This side takes at least so many times as long as the first.
    AtLeast(f64),
    /// This side takes at most so many times as long as the first.
    AtMost(f64),
}

impl Row {
    /// Returns a row without figures yet.
    pub(crate) fn new(name: impl Into<String>, target: Option<Target>) -> Self {
        Self {
            name: name.into(),
            times: Vec::new(),
            target,
        }
    }

    /// Adds the figure of a round.
    pub(crate) fn push(&mut self, time: Duration) {
        self.times.push(time);
    }

    fn seconds(&self) -> Vec<f64> {
        self.times.iter().map(Duration::as_secs_f64).collect()
    }
}

/// Prints rows of which each round gave every one a figure. Ratios are to the first row, round by round.
pub(crate) fn print(title: &str, rows: &[Row]) {
    println!("\n### {title}\n");
    println!("| | median | fastest | ratio, median | ratio, geometric mean | target |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    let first = rows.first().map(Row::seconds).unwrap_or_default();
    for (position, row) in rows.iter().enumerate() {
        let seconds = row.seconds();
        let fastest = seconds.iter().copied().fold(f64::INFINITY, f64::min);
        print!(
            "| {} | {} | {} ",
            row.name,
            milliseconds(median(&seconds)),
            milliseconds(fastest)
        );
        if position == 0 {
            println!("| | | |");
            continue;
        }
        let ratios: Vec<f64> = seconds.iter().zip(&first).map(|(a, b)| a / b).collect();
        let ratio = median(&ratios);
        let verdict = match row.target {
            None => String::new(),
            Some(Target::AtLeast(target)) => format!("≥ {target} {}", mark(ratio >= target)),
            Some(Target::AtMost(target)) => format!("≤ {target} {}", mark(ratio <= target)),
        };
        println!(
            "| {ratio:.1} | {:.1} | {verdict} |",
            geometric_mean(&ratios)
        );
    }
}

/// Returns a time as people read it.
pub(crate) fn milliseconds(seconds: f64) -> String {
    let milliseconds = seconds * 1000.0;
    match milliseconds {
        ..10.0 => format!("{milliseconds:.2} ms"),
        10.0..1000.0 => format!("{milliseconds:.1} ms"),
        _ => format!("{milliseconds:.0} ms"),
    }
}

/// Returns the middle figure.
pub(crate) fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

fn geometric_mean(figures: &[f64]) -> f64 {
    let count: f64 = figures.iter().map(|_| 1.0).sum();
    let logarithms: f64 = figures.iter().map(|figure| figure.ln()).sum();
    (logarithms / count).exp()
}

/// Returns how a verdict is marked.
pub(crate) fn mark(is_met: bool) -> &'static str {
    if is_met { "✓" } else { "✗" }
}

//! A chart as it takes part in a release: which of its subcharts are on, under which names, with which defaults.

use smol_str::SmolStr;

use super::chart::{Chart, Dependency};
use super::values::Table;

/// A chart in a release.
#[derive(Clone, Debug)]
pub(crate) struct Instance<'c> {
    /// The chart.
    pub(crate) chart: &'c Chart,
    /// Its name, or the alias that the chart above gives it.
    pub(crate) name: SmolStr,
    /// The subcharts that take part.
    pub(crate) dependencies: Vec<Instance<'c>>,
    /// What its `Chart.yaml` says of those that take part, each by the name that it goes by. None: it says nothing.
    pub(crate) declared: Option<Vec<(SmolStr, &'c Dependency)>>,
    /// Whether it was decided which of them take part: not below a chart whose `Chart.yaml` says nothing.
    pub(crate) is_decided: bool,
    /// Its defaults, where values of subcharts were imported to them.
    pub(crate) imported: Option<Table>,
}

impl<'c> Instance<'c> {
    /// The chart with all that it brings along.
    pub(crate) fn whole(chart: &'c Chart) -> Self {
        Self::named(chart, chart.metadata.name.as_str().into())
    }

    /// The same under another name.
    pub(crate) fn named(chart: &'c Chart, name: SmolStr) -> Self {
        let declared = chart.metadata.dependencies.as_ref();
        let declared = declared.map(|declared| {
            let dependencies = declared.iter();
            dependencies
                .map(|dependency| (SmolStr::from(dependency.name.as_str()), dependency))
                .collect()
        });
        Self {
            chart,
            name,
            dependencies: chart
                .dependencies
                .iter()
                .map(|sub| Self::whole(sub))
                .collect(),
            declared,
            is_decided: false,
            imported: None,
        }
    }

    /// Its defaults.
    pub(crate) fn values(&self) -> &Table {
        self.imported.as_ref().unwrap_or(&self.chart.values)
    }
}

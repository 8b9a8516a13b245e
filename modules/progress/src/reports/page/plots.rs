//! Plots as SVG. Their colors only name what is drawn: the style of the page says how it looks by day and by night.

use std::io;

use plotters::prelude::{
    BLACK, ChartBuilder, Color, Histogram, IntoDrawingArea, IntoFont, IntoSegmentedCoord, RGBColor,
    SVGBackend, SegmentValue, TRANSPARENT,
};
use plotters::style::ShapeStyle;

const SIZE: (u32, u32) = (520, 220);
/// What the style of the page replaces: `#0000F1` for bars, `#0000F2` for lines, and `#000000` for texts.
const BAR: RGBColor = RGBColor(0, 0, 0xF1);
const LINE: RGBColor = RGBColor(0, 0, 0xF2);
const LABEL_SIZE: u32 = 15;

/// Bars side by side with their labels. `told` is what the plot says to who does not see it.
pub(super) fn bars(values: &[(String, i64)], told: &str) -> io::Result<String> {
    let mut svg = String::new();
    draw(&mut svg, values).map_err(io::Error::other)?;
    Ok(svg.replacen(
        "<svg ",
        &format!("<svg role=\"img\" aria-label=\"{told}\" "),
        1,
    ))
}

fn draw(svg: &mut String, values: &[(String, i64)]) -> Result<(), String> {
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    let count = i32::try_from(values.len()).unwrap_or(i32::MAX).max(1);
    let highest = values.iter().map(|(_, value)| *value).max().unwrap_or(0);
    let top = highest.max(4) + highest / 12;
    let mut chart = ChartBuilder::on(&area)
        .margin(8)
        .x_label_area_size(28)
        .y_label_area_size(48)
        .build_cartesian_2d((0..count - 1).into_segmented(), 0..top)
        .map_err(|error| error.to_string())?;
    let label = |place: &SegmentValue<i32>| match place {
        SegmentValue::CenterOf(place) => usize::try_from(*place)
            .ok()
            .and_then(|place| values.get(place))
            .map_or_else(String::new, |(label, _)| label.clone()),
        SegmentValue::Exact(_) | SegmentValue::Last => String::new(),
    };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .bold_line_style(ShapeStyle::from(&LINE))
        .light_line_style(TRANSPARENT)
        .axis_style(ShapeStyle::from(&LINE))
        .label_style(("sans-serif", LABEL_SIZE).into_font().color(&BLACK))
        .x_labels(10)
        .y_labels(5)
        .x_label_formatter(&label)
        .draw()
        .map_err(|error| error.to_string())?;
    let data = (0..count)
        .zip(values)
        .map(|(place, (_, value))| (place, *value));
    let bars = Histogram::vertical(&chart)
        .style(BAR.filled())
        .margin(2)
        .data(data);
    chart.draw_series(bars).map_err(|error| error.to_string())?;
    area.present().map_err(|error| error.to_string())
}

/// A bar in a cell of a table: a share in percent, and behind it a larger one.
pub(super) fn share(percent: i64, behind: i64) -> String {
    let [percent, behind] = [percent, behind].map(|share| share.clamp(0, 100));
    format!(
        "<svg class=\"share\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"track\" width=\"100\" height=\"10\"/><rect class=\"behind\" width=\"{behind}\" height=\"10\"/><rect class=\"front\" width=\"{percent}\" height=\"10\"/></svg>"
    )
}

package main

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// bar is one row of a panel; its value is in nanoseconds.
type bar struct {
	label string
	value float64
	color color.Color
}

// barPanel draws the first bar at the top, and its value behind each.
func barPanel(title, axis string, scale float64, bars []bar) (*plot.Plot, error) {
	p := newPlot(title, axis)
	var longest float64
	var names []plot.Tick
	values := plotter.XYLabels{}
	for i, one := range bars {
		row := float64(len(bars) - 1 - i)
		v := one.value / scale
		chart, err := plotter.NewBarChart(plotter.Values{v}, rowHeight*0.7)
		if err != nil {
			return nil, err
		}
		chart.Horizontal = true
		chart.XMin = row
		chart.Color = one.color
		chart.LineStyle.Width = 0
		p.Add(chart)
		longest = max(longest, v)
		names = append(names, plot.Tick{Value: row, Label: one.label})
		values.XYs = append(values.XYs, plotter.XY{X: v, Y: row})
		values.Labels = append(values.Labels, barLabel(v))
	}
	labels, err := plotter.NewLabels(values)
	if err != nil {
		return nil, err
	}
	labels.Offset = vg.Point{X: 4, Y: 1.5}
	for i := range labels.TextStyle {
		labels.TextStyle[i] = text.Style{Color: color.Black, Font: sans(10), YAlign: draw.YCenter, Handler: plot.DefaultTextHandler}
	}
	p.Add(labels)
	p.X.Min, p.X.Max = 0, longest*1.1
	p.X.Tick.Marker = plot.ConstantTicks(roundTicks(longest, 8))
	p.Y.Min, p.Y.Max = -0.5, float64(len(bars))-0.5
	p.Y.Tick.Marker = plot.ConstantTicks(names)
	p.Y.Tick.Label.YAlign = draw.YCenter
	p.Y.Tick.Length = 0
	p.Y.Padding = 0
	return p, nil
}

func barLabel(v float64) string {
	if v >= 1000 {
		return plain(v)
	}
	return threeDigits(v)
}

// line is one series over the cores.
type line struct {
	label string
	x, y  []float64
	color color.Color
}

func linePanel(title, xAxis, yAxis string, lines []line) (*plot.Plot, error) {
	p := newPlot(title, xAxis)
	p.Y.Label.Text = yAxis
	grid := plotter.NewGrid()
	grid.Vertical.Width = 0
	grid.Horizontal.Color = gridColor
	p.Add(grid)
	var highest float64
	for _, one := range lines {
		var points plotter.XYs
		for i := range one.x {
			points = append(points, plotter.XY{X: one.x[i], Y: one.y[i]})
			highest = max(highest, one.y[i])
		}
		curve, dots, err := plotter.NewLinePoints(points)
		if err != nil {
			return nil, err
		}
		curve.Color, dots.Color = one.color, one.color
		curve.Width = 2
		dots.Shape, dots.Radius = draw.CircleGlyph{}, 3
		p.Add(curve, dots)
		p.Legend.Add(one.label, curve, dots)
	}
	var cores []plot.Tick
	for _, x := range lines[0].x {
		cores = append(cores, plot.Tick{Value: x, Label: plain(x)})
	}
	p.X.Tick.Marker = plot.ConstantTicks(cores)
	p.Y.Min, p.Y.Max = 0, highest*1.1
	p.Y.Tick.Marker = plot.ConstantTicks(roundTicks(highest*1.1, 6))
	p.Legend.Top, p.Legend.Left = true, true
	p.Legend.XOffs, p.Legend.Padding = 8, 3
	return p, nil
}

package main

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"os"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

const (
	chartWidth  = vg.Length(860)
	chartHeight = vg.Length(330)
	legendWidth = vg.Length(170)
)

// palette can be told apart by people who do not see all colours (Okabe and Ito).
var palette = []color.Color{
	color.RGBA{0, 0, 0, 255}, color.RGBA{0, 114, 178, 255}, color.RGBA{0, 158, 115, 255}, color.RGBA{213, 94, 0, 255},
	color.RGBA{86, 180, 233, 255}, color.RGBA{204, 121, 167, 255}, color.RGBA{230, 159, 0, 255},
}

// draw writes the curves as SVG.
func (r *results) draw(file string) error {
	canvas := vgsvg.New(chartWidth, chartHeight)
	if err := r.drawOn(draw.New(canvas)); err != nil {
		return err
	}
	var svg bytes.Buffer
	if _, err := canvas.WriteTo(&svg); err != nil {
		return err
	}
	const family = "font-family:Liberation Sans"
	named := strings.ReplaceAll(svg.String(), family+";", family+",Arial,Helvetica,sans-serif;")
	return os.WriteFile(file, []byte(named), 0o644)
}

func (r *results) drawOn(c draw.Canvas) error {
	c.SetColor(color.White)
	c.Fill(c.Rectangle.Path())
	throughput, err := r.panel("Calls per second", func(s step) float64 { return s.perSecond })
	if err != nil {
		return err
	}
	throughput.Y.Min = 0
	throughput.Y.Max *= 1.05
	throughput.Y.Tick.Marker = thousands{plot.DefaultTicks{}}
	latency, err := r.panel("99 % of the calls take at most, ms", func(s step) float64 { return float64(s.p99) / 1e6 })
	if err != nil {
		return err
	}
	latency.Y.Scale = plot.LogScale{}
	latency.Y.Tick.Marker = thousands{plot.LogTicks{Prec: -1}}
	latency.Y.Min, latency.Y.Max = decades(latency.Y.Min, latency.Y.Max)
	latency.Y.Max *= 1.3 // room for half the label of the last decade
	legend := throughput.Legend
	throughput.Legend, latency.Legend = plot.NewLegend(), plot.NewLegend()
	legend.Top, legend.Left = true, true
	legend.Padding = 4
	tiles := draw.Tiles{
		Rows: 1, Cols: 2, PadX: 18, PadLeft: 8, PadRight: 8, PadTop: 10, PadBottom: 8,
	}
	panels := draw.Crop(c, 0, -legendWidth, 0, 0)
	for i, canvas := range plot.Align([][]*plot.Plot{{throughput, latency}}, tiles, panels)[0] {
		[]*plot.Plot{throughput, latency}[i].Draw(canvas)
	}
	legend.Draw(draw.Crop(c, chartWidth-legendWidth+4, 0, 0, -34))
	return nil
}

// panel has a curve for each workload.
func (r *results) panel(title string, value func(step) float64) (*plot.Plot, error) {
	p := plot.New()
	for _, style := range []*text.Style{
		&p.Title.TextStyle, &p.X.Label.TextStyle, &p.X.Tick.Label, &p.Y.Tick.Label, &p.Legend.TextStyle,
	} {
		style.Font.Variant = "Sans"
		style.Font.Size = 10
	}
	p.Title.Text = title
	p.Title.Padding = 6
	p.Title.TextStyle.Font.Size = 11
	p.X.Label.Text = "instances × connections of each"
	var names []string
	for _, l := range r.settings.loads {
		names = append(names, l.String())
	}
	p.NominalX(names...)
	p.X.Min, p.X.Max = -0.2, float64(len(names))-0.8
	p.X.Width, p.X.Tick.LineStyle.Width, p.X.Tick.Length, p.X.Padding = 0.5, 0.5, 4, 0
	p.Y.Padding = 0
	grid := plotter.NewGrid()
	grid.Vertical.Width = 0
	grid.Horizontal.Color = color.Gray{205}
	p.Add(grid)
	for w, workload := range workloads {
		points := make(plotter.XYs, len(r.settings.loads))
		for i, l := range r.settings.loads {
			points[i] = plotter.XY{X: float64(i), Y: value(r.at(w, l))}
		}
		line, dots, err := plotter.NewLinePoints(points)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", workload.name, err)
		}
		line.Color, dots.Color = palette[w], palette[w]
		line.Width = 1.5
		dots.Shape, dots.Radius = draw.CircleGlyph{}, 2.5
		p.Add(line, dots)
		p.Legend.Add(workload.short, line, dots)
	}
	return p, nil
}

// thousands groups the digits of the ticks.
type thousands struct{ plot.Ticker }

func (t thousands) Ticks(lowest, highest float64) []plot.Tick {
	ticks := t.Ticker.Ticks(lowest, highest)
	for i, t := range ticks {
		if t.Label != "" {
			// The space makes room where another font is wider.
			ticks[i].Label = group(strconv.FormatFloat(t.Value, 'f', -1, 64)) + " "
		}
	}
	return ticks
}

// decades are the powers of ten around a range.
func decades(lowest, highest float64) (float64, float64) {
	return math.Pow(10, math.Floor(math.Log10(lowest))), math.Pow(10, math.Ceil(math.Log10(highest)))
}

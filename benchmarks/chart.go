package main

import (
	"image/color"
	"math"
	"os"
	"strings"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

const (
	chartWidth  = vg.Length(640)
	rowHeight   = vg.Length(15)
	frameHeight = vg.Length(64) // of a panel: its title and axis
	linesHeight = vg.Length(230)
	margin      = vg.Length(10)
)

var (
	baseColor  = color.RGBA{0x9a, 0xa4, 0xaf, 0xff} // what no check can do without
	ownColor   = color.RGBA{0x1f, 0x6f, 0xd0, 0xff}
	peerColor  = color.RGBA{0xd9, 0x8a, 0x29, 0xff}
	gridColor  = color.RGBA{0xe2, 0xe6, 0xea, 0xff}
	chartColor = color.White
)

// panel is a part of the chart.
type panel struct {
	plot   *plot.Plot
	height vg.Length
}

// panels leave out what was not measured.
func (r *report) panels() ([]panel, error) {
	var panels []panel
	for _, p := range []struct {
		title, axis string
		scale       float64
		bars        []bar
	}{
		{"A check in memory, on one core", "nanoseconds (less is better)", 1, r.memoryBars()},
		{"A check with a database", "microseconds (less is better)", 1e3, r.databaseBars()},
	} {
		if len(p.bars) == 0 {
			continue
		}
		made, err := barPanel(p.title, p.axis, p.scale, p.bars)
		if err != nil {
			return nil, err
		}
		panels = append(panels, panel{made, frameHeight + rowHeight*vg.Length(len(p.bars))})
	}
	lines := r.coreLines()
	if len(lines) == 0 {
		return panels, nil
	}
	made, err := linePanel("Checks in memory on several cores"+among(r.big), "cores", "millions per second", lines)
	return append(panels, panel{made, linesHeight}), err
}

func (r *report) memoryBars() []bar {
	var bars []bar
	add := func(k key, label string, c color.Color) {
		if one, ok := r.results[k]; ok {
			bars = append(bars, bar{label, median(one.rounds), c})
		}
	}
	for _, n := range []int{r.small, r.big} {
		add(floorKey(n), "floor"+among(n), baseColor)
	}
	for _, what := range []string{accepted, unknown, expired, wrongScope, threeSalts} {
		for _, n := range []int{r.small, r.big} {
			add(memoryKey(what, n), what+among(n), ownColor)
		}
	}
	add(fositeKey, "fosite, HMAC-SHA-512/256, no look-up", peerColor)
	add(jwtKey, "golang-jwt, HS512, no look-up", peerColor)
	return bars
}

func (r *report) databaseBars() []bar {
	var bars []bar
	for _, title := range r.databases() {
		for _, n := range []int{r.small, r.big} {
			for _, row := range []struct {
				what, label string
				color       color.Color
			}{{rawSelect, "SELECT", baseColor}, {accepted, "Authorize", ownColor}} {
				if one, ok := r.results[key{where: title, what: row.what, tokens: n}]; ok {
					bars = append(bars, bar{title + ": " + row.label + among(n), median(one.rounds), row.color})
				}
			}
		}
	}
	return bars
}

func (r *report) coreLines() []line {
	var lines []line
	for _, row := range []struct {
		what, label string
		color       color.Color
	}{{floorName, "floor", baseColor}, {accepted, "Authorize", ownColor}} {
		one := line{label: row.label, color: row.color}
		for _, cores := range coreCounts(r.cores) {
			if measured, ok := r.results[coresKey(row.what, r.big, cores)]; ok {
				one.x = append(one.x, float64(cores))
				one.y = append(one.y, 1e3/median(measured.rounds))
			}
		}
		if len(one.x) > 1 {
			lines = append(lines, one)
		}
	}
	return lines
}

// draw writes the chart as an SVG.
func (r *report) draw(file string) error {
	panels, err := r.panels()
	if err != nil || len(panels) == 0 {
		return err
	}
	canvas := vgsvg.New(chartWidth, chartHeight(panels))
	drawPanels(draw.New(canvas), panels)
	var svg strings.Builder
	if _, err := canvas.WriteTo(&svg); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(withWidths(svg.String())), 0o644)
}

func chartHeight(panels []panel) vg.Length {
	height := margin
	for _, p := range panels {
		height += p.height + margin
	}
	return height
}

func drawPanels(c draw.Canvas, panels []panel) {
	c.SetColor(chartColor)
	c.Fill(c.Rectangle.Path())
	top := c.Max.Y - margin
	for _, p := range panels {
		p.plot.Draw(draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
			Min: vg.Point{X: c.Min.X + margin, Y: top - p.height},
			Max: vg.Point{X: c.Max.X - margin, Y: top},
		}})
		top -= p.height + margin
	}
}

// newPlot is a plot without what this chart doesn't need.
func newPlot(title, axis string) *plot.Plot {
	p := plot.New()
	p.Title.Text = title
	p.Title.Padding = 6
	p.Title.TextStyle.Font = sans(12)
	p.Title.TextStyle.Font.Weight = xfont.WeightBold
	p.X.Label.Text = axis
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Label.TextStyle.Font = sans(10)
		a.Tick.Label.Font = sans(10)
		a.LineStyle.Color = gridColor
		a.Tick.LineStyle.Color = gridColor
	}
	p.Legend.TextStyle.Font = sans(10)
	return p
}

func sans(size vg.Length) font.Font {
	return font.From(font.Font{Typeface: "Liberation", Variant: "Sans"}, size)
}

// roundTicks are at most about so many round numbers.
func roundTicks(limit float64, most int) []plot.Tick {
	step := math.Pow(10, math.Floor(math.Log10(limit)))
	for _, part := range []float64{0.1, 0.2, 0.5, 1, 2} {
		if limit/(step*part) <= float64(most) {
			step *= part
			break
		}
	}
	var ticks []plot.Tick
	for i := 0; float64(i)*step <= limit*1.0001; i++ {
		v := float64(i) * step
		ticks = append(ticks, plot.Tick{Value: v, Label: plain(v)})
	}
	return ticks
}

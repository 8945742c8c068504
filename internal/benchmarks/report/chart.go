package report

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// Panel is a part of a chart: bars below each other, or lines.
type Panel struct {
	Title string
	Bars  []Bar
	Lines []Line
	X     []string // labels of the positions on the X axis of lines
	Log   bool     // whether the Y axis of lines is logarithmic
}

// Bar is one row of a panel.
type Bar struct {
	Label string
	Value float64
	Color string
}

// Line has a value for each label of X.
type Line struct {
	Label  string
	Values []float64
}

// Colors can be told apart by people who do not see all colors. They are those of Okabe and Ito.
var Colors = []string{"#000000", "#0072b2", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#e69f00"}

// The measures of a chart, in pixels.
const (
	chartWidth  = 760
	margin      = 12
	titleHeight = 26
	rowHeight   = 17
	barLeft     = 300 // the labels of bars stand before it
	barWidth    = 380 // of the longest bar
	lineLeft    = 70
	lineWidth   = 470
	lineHeight  = 200
)

// Chart draws the panels below each other and returns an SVG. Panels without bars and lines are left out.
func Chart(panels []Panel) string {
	var body strings.Builder
	y := float64(margin)
	for _, p := range panels {
		if len(p.Bars)+len(p.Lines) == 0 {
			continue
		}
		write(&body, margin, y+14, `font-size="14" font-weight="bold"`, p.Title)
		y += titleHeight
		if len(p.Bars) > 0 {
			y = drawBars(&body, p, y)
		} else {
			y = drawLines(&body, p, y)
		}
		y += margin
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %.0f"
font-family="Arial,Helvetica,sans-serif" font-size="12">
<rect width="100%%" height="100%%" fill="white"/>
%s</svg>
`, chartWidth, y, &body)
}

func write(svg *strings.Builder, x, y float64, attributes, text string) {
	fmt.Fprintf(svg, `<text x="%.1f" y="%.1f" %s>%s</text>`+"\n", x, y, attributes, html.EscapeString(text))
}

// drawBars draws the first bar at the top, and returns where the panel ends.
func drawBars(svg *strings.Builder, p Panel, y float64) float64 {
	longest := 0.0
	for _, b := range p.Bars {
		longest = max(longest, b.Value)
	}
	for _, b := range p.Bars {
		length := barWidth * b.Value / longest
		write(svg, barLeft-6, y+rowHeight-5, `text-anchor="end"`, b.Label)
		fmt.Fprintf(svg, `<rect x="%d" y="%.1f" width="%.1f" height="%d" fill="%s"/>`+"\n", barLeft, y+2, length,
			rowHeight-5, b.Color)
		write(svg, barLeft+length+5, y+rowHeight-5, "", Round(b.Value))
		y += rowHeight
	}
	return y
}

// drawLines draws the lines with their legend to the right, and returns where the panel ends.
func drawLines(svg *strings.Builder, p Panel, y float64) float64 {
	lowest, highest := math.Inf(1), 0.0
	for _, l := range p.Lines {
		for _, v := range l.Values {
			lowest, highest = min(lowest, v), max(highest, v)
		}
	}
	ticks := linearTicks(highest)
	height := func(v float64) float64 { return v / ticks[len(ticks)-1] }
	if p.Log {
		ticks = decades(lowest, highest)
		height = func(v float64) float64 {
			return math.Log(v/ticks[0]) / math.Log(ticks[len(ticks)-1]/ticks[0])
		}
	}
	bottom := y + lineHeight
	at := func(i int, v float64) (float64, float64) {
		return lineLeft + lineWidth*(float64(i)+0.5)/float64(len(p.X)), bottom - lineHeight*height(v)
	}
	for _, tick := range ticks {
		_, row := at(0, tick)
		fmt.Fprintf(svg, `<path d="M%d %.1fh%d" stroke="#ccc"/>`+"\n", lineLeft, row, lineWidth)
		write(svg, lineLeft-6, row+4, `text-anchor="end"`, Plain(tick))
	}
	for i, label := range p.X {
		x, _ := at(i, 1)
		write(svg, x, bottom+16, `text-anchor="middle"`, label)
	}
	for n, l := range p.Lines {
		color := Colors[n%len(Colors)]
		var path []string
		for i, v := range l.Values {
			x, row := at(i, v)
			path = append(path, fmt.Sprintf("%.1f %.1f", x, row))
			fmt.Fprintf(svg, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`+"\n", x, row, color)
		}
		fmt.Fprintf(svg, `<path d="M%s" fill="none" stroke="%s" stroke-width="1.5"/>`+"\n", strings.Join(path, "L"),
			color)
		write(svg, lineLeft+lineWidth+14, y+12+float64(n)*rowHeight, fmt.Sprintf(`fill="%s"`, color), l.Label)
	}
	return bottom + 20
}

// linearTicks returns 0 and up to eight steps of 1, 2 or 5 times a power of ten, of which the last is at or above
// highest.
func linearTicks(highest float64) []float64 {
	step := math.Pow(10, math.Floor(math.Log10(highest))) / 10
	for _, factor := range []float64{2, 2.5, 2, 2} {
		if highest/step <= 8 {
			break
		}
		step *= factor
	}
	ticks := []float64{0}
	for ticks[len(ticks)-1] < highest {
		ticks = append(ticks, float64(len(ticks))*step)
	}
	return ticks
}

// decades returns the powers of ten around a range. There are at least two.
func decades(lowest, highest float64) []float64 {
	ticks := []float64{math.Pow(10, math.Floor(math.Log10(lowest)))}
	for len(ticks) < 2 || ticks[len(ticks)-1] < highest {
		ticks = append(ticks, ticks[0]*math.Pow(10, float64(len(ticks))))
	}
	return ticks
}

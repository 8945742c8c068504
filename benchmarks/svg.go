package main

import (
	"fmt"
	"html"
	"regexp"
	"strconv"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/vg"
)

var (
	svgText = regexp.MustCompile(`<text ([^>]*font-family:Liberation Sans)(;[^>]*font-weight:(\w+);[^>]*font-size:([0-9.]+)px")>([^<]*)</text>`)
	fonts   = font.NewCache(liberation.Collection())
)

// withWidths fits every text into the width that the plot has left for it, and
// names fonts that are alike, for viewers without the one that it was made for.
func withWidths(svg string) string {
	return svgText.ReplaceAllStringFunc(svg, func(element string) string {
		part := svgText.FindStringSubmatch(element)
		size, err := strconv.ParseFloat(part[4], 64)
		if err != nil {
			return element
		}
		style := sans(vg.Length(size))
		if part[3] == "bold" {
			style.Weight = xfont.WeightBold
		}
		face := fonts.Lookup(style, style.Size)
		width := face.Width(html.UnescapeString(part[5]))
		return fmt.Sprintf(`<text textLength="%.2f" lengthAdjust="spacingAndGlyphs" %s,Arial,Helvetica,sans-serif%s>%s</text>`,
			width.Points(), part[1], part[2], part[5])
	})
}

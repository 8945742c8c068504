package transfertoken

import (
	"slices"
	"strings"
	"time"
)

// Lifespan is the time from the creation or last regeneration of a token to its
// end. There are four, as in Strapi. The zero value "" is not one of them and is
// refused everywhere, so that a forgotten field never means forever.
type Lifespan string

// The lifespans. A day is 24 hours.
const (
	Days7     Lifespan = "7 days"
	Days30    Lifespan = "30 days"
	Days90    Lifespan = "90 days"
	Unlimited Lifespan = "unlimited"
)

var everyLifespan = []Lifespan{Days7, Days30, Days90, Unlimited}

// lifespanProblem returns what is said of a lifespan that is none of allowed.
func lifespanProblem(allowed []Lifespan) string { return "must be " + listLifespans(allowed) }

// listLifespans returns a text such as `"7 days", "30 days" or "unlimited"`.
func listLifespans(lifespans []Lifespan) string {
	var text strings.Builder
	for i, l := range lifespans {
		switch {
		case i > 0 && i == len(lifespans)-1:
			text.WriteString(" or ")
		case i > 0:
			text.WriteString(", ")
		}
		text.WriteString(`"` + string(l) + `"`)
	}
	return text.String()
}

// ParseLifespan accepts exactly the four texts "7 days", "30 days", "90 days"
// and "unlimited". Any other text, numbers and "" included, is a *ValidationError
// with the zero Lifespan.
func ParseLifespan(s string) (Lifespan, error) {
	if i := slices.Index(everyLifespan, Lifespan(s)); i >= 0 {
		return everyLifespan[i], nil
	}
	return "", invalid("lifespan", lifespanProblem(everyLifespan))
}

// UnmarshalText decodes by the rules of [ParseLifespan], so that decoding JSON
// with another lifespan fails.
func (l *Lifespan) UnmarshalText(text []byte) error {
	parsed, err := ParseLifespan(string(text))
	if err != nil {
		return err
	}
	*l = parsed
	return nil
}

// limit returns the length of a limited lifespan. ok is false for Unlimited and
// for a text that is not one of the four.
func (l Lifespan) limit() (d time.Duration, ok bool) {
	const day = 24 * time.Hour
	switch l {
	case Days7:
		return 7 * day, true
	case Days30:
		return 30 * day, true
	case Days90:
		return 90 * day, true
	}
	return 0, false
}

// expiry returns when a token that starts at start expires, or zero if it never
// does. l is one of the four.
func (l Lifespan) expiry(start time.Time) time.Time {
	if d, ok := l.limit(); ok {
		return start.Add(d)
	}
	return time.Time{}
}

package transfertoken

import "time"

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

const lifespanProblem = `must be "7 days", "30 days", "90 days" or "unlimited"`

// ParseLifespan accepts exactly the four texts "7 days", "30 days", "90 days"
// and "unlimited". Any other text, numbers and "" included, is a *ValidationError
// with the zero Lifespan.
func ParseLifespan(s string) (Lifespan, error) {
	switch l := Lifespan(s); l {
	case Days7:
		return Days7, nil
	case Days30:
		return Days30, nil
	case Days90:
		return Days90, nil
	case Unlimited:
		return Unlimited, nil
	}
	return "", invalid("lifespan", lifespanProblem)
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

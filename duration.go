package transfertoken

import "time"

// Lifespan says how long a token is good for from its creation or last
// regeneration. There are four, as in Strapi; the zero value "" is none of them
// and is refused everywhere, so that something forgotten never means for ever.
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
// and "unlimited". Anything else, numbers and "" included, is a *ValidationError
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

// UnmarshalText decodes by the rules of [ParseLifespan], so that JSON with
// another lifespan fails when it is read.
func (l *Lifespan) UnmarshalText(text []byte) error {
	parsed, err := ParseLifespan(string(text))
	if err != nil {
		return err
	}
	*l = parsed
	return nil
}

// limit is the length of a limited lifespan. ok is false for Unlimited and for
// what is no lifespan.
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

// expiry is when a token that starts at start expires; zero if it never does.
// It is called with one of the four lifespans only.
func (l Lifespan) expiry(start time.Time) time.Time {
	if d, ok := l.limit(); ok {
		return start.Add(d)
	}
	return time.Time{}
}

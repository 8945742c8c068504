package admin

import (
	"strconv"

	"github.com/seed-39e76d91/transfertoken"
)

// lifespans are the limited ones, in milliseconds.
var lifespans = map[int64]transfertoken.Lifespan{
	604800000:  transfertoken.Days7,
	2592000000: transfertoken.Days30,
	7776000000: transfertoken.Days90,
}

// milliseconds is nil for Unlimited. It shows an unknown lifespan, which is
// expired, as one of no length: as null it would pass for unlimited.
func milliseconds(l transfertoken.Lifespan) *string {
	if l == transfertoken.Unlimited {
		return nil
	}
	text := "0"
	for ms, known := range lifespans {
		if l == known {
			text = strconv.FormatInt(ms, 10)
		}
	}
	return &text
}

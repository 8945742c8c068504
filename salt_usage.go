package transfertoken

import (
	"context"
	"slices"
	"strings"
)

// SaltUsage counts the tokens whose digests were made under one salt.
type SaltUsage struct {
	SaltID     string // names the salt without giving it away
	Configured bool   // the salt is the current one, Options.NextSalt, or among Options.OtherSalts
	Current    bool   // new digests are made under it
	Tokens     int    // tokens that are not expired
}

// Salts counts the tokens that are not expired by salt: the current salt first,
// then the next one, then the former ones in their order, then those that are
// not configured. Call it at start-up. Tokens under a salt that is not configured
// can never be authorized, most often because the salt changed by accident; a
// former salt without tokens can be dropped from Options.OtherSalts.
//
// It reads all records, 1000 at a time.
func (s *TokenService) Salts(ctx context.Context) ([]SaltUsage, error) {
	if !s.Enabled() {
		return nil, ErrDisabled
	}
	c := s.core.value()
	usage := make([]SaltUsage, 0, len(c.ring.salts))
	for i, salt := range c.ring.salts {
		usage = append(usage, SaltUsage{SaltID: salt.id(), Configured: true, Current: i == 0})
	}
	now := c.now()
	for record, err := range c.records(ctx, "count tokens by salt") {
		if err != nil {
			return nil, err
		}
		if record.Expired(now) {
			continue
		}
		i := slices.IndexFunc(usage, func(u SaltUsage) bool { return u.SaltID == record.SaltID })
		if i < 0 {
			i = len(usage)
			usage = append(usage, SaltUsage{SaltID: record.SaltID})
		}
		usage[i].Tokens++
	}
	slices.SortFunc(usage[len(c.ring.salts):], func(a, b SaltUsage) int { return strings.Compare(a.SaltID, b.SaltID) })
	return usage, nil
}

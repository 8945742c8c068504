package main

import (
	"context"

	"github.com/seed-39e76d91/transfertoken"
)

// madeHere is the description of the demo's tokens. No others are deleted.
const madeHere = "Made by the quickstart of transfertoken"

// clearEarlierRun makes room for the tokens of this run: names are unique.
func (s *story) clearEarlierRun(ctx context.Context) error {
	var found, earlier []transfertoken.Token
	for token, err := range s.svc.All(ctx) {
		if err != nil {
			return err
		}
		found = append(found, token)
		if token.Description == madeHere {
			earlier = append(earlier, token)
		}
	}
	if len(found) == 0 {
		return nil
	}
	s.text("The file has " + plural(len(found), "token") + " already. Times are in UTC; each run of the demo moves its clock ahead:")
	if err := list(ctx, s.out, s.svc); err != nil {
		return err
	}
	if len(earlier) == 0 {
		return nil
	}
	for _, token := range earlier {
		if err := s.svc.Delete(ctx, token.ID, token.Revision); err != nil {
			return err
		}
	}
	s.text("Deleted " + plural(len(earlier), "token") + ` that an earlier run made: this one makes tokens with the same
		names, and a name belongs to one token.`)
	return nil
}

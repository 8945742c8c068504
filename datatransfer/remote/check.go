package remote

import (
	"context"
	"fmt"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/internal/wire"
)

// Check finds out whether the remote can be reached and whether the token allows what is needed
// there: Push, Pull or FullAccess. It connects, begins a transfer and ends it. Nothing is
// changed.
func Check(ctx context.Context, url, token string, need transfertoken.Permissions, opts *Options) error {
	checked := false
	if need.Has(transfertoken.Pull) {
		checked = true
		if err := check(ctx, url, token, directionPull, wire.Init{Transfer: directionPull}, opts); err != nil {
			return err
		}
	}
	if need.Has(transfertoken.Push) {
		checked = true
		init := wire.Init{
			Transfer: directionPush,
			Options:  &wire.PushOptions{Strategy: "restore", Restore: restoreNothing()},
		}
		if err := check(ctx, url, token, directionPush, init, opts); err != nil {
			return err
		}
	}
	if !checked {
		return fmt.Errorf("remote: %w: need must be Push, Pull or FullAccess", datatransfer.ErrInvalid)
	}
	return nil
}

// check begins a transfer and ends it before the remote holds anything for it.
func check(ctx context.Context, url, token, direction string, init wire.Init, opts *Options) error {
	session, err := connect(ctx, url, token, direction, opts)
	if err != nil {
		return err
	}
	defer session.close()
	if _, err := session.init(ctx, init); err != nil {
		return err
	}
	sendEnd(ctx, session)
	return nil
}

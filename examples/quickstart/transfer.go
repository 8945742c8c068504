package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/seed-39e76d91/transfertoken"
)

func (s *story) transfer(ctx context.Context) error {
	s.chapter("A transfer")
	s.text(`One client pushes a file with the push-only token, another pulls it with the pull-only token. The
		full-access token then does both.`)
	sent, err := checksum(s.original)
	if err != nil {
		return err
	}
	s.line("%-22s  SHA-256 %.16s...", "the file to push", sent)
	for _, t := range []struct{ push, pull transfertoken.Issued }{{s.upload, s.reports}, {s.site, s.site}} {
		if err := newClient(s.server.url, t.push.Secret.Reveal()).pushFile(ctx, s.original); err != nil {
			return err
		}
		s.line("%-22s  accepted", "push: "+t.push.Token.Name)
		pulled := filepath.Join(s.temp, "pulled.jsonl")
		if err := newClient(s.server.url, t.pull.Secret.Reveal()).pullFile(ctx, pulled); err != nil {
			return err
		}
		received, err := checksum(pulled)
		if err != nil {
			return err
		}
		if received != sent {
			return fmt.Errorf("the pulled file is not the pushed one: SHA-256 %s, not %s", received, sent)
		}
		s.line("%-22s  SHA-256 %.16s...  the same", "pull: "+t.pull.Token.Name, received)
	}
	return nil
}

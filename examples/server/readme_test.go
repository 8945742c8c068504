package main

import (
	"testing"

	"github.com/seed-39e76d91/transfertoken/examples/internal/walkthrough"
)

func TestReadme(t *testing.T) { walkthrough.Run(t, "127.0.0.1:8080") }

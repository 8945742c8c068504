package main

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	if text := os.Getenv(jobVariable); text != "" {
		instance(text)
		return
	}
	os.Exit(m.Run())
}

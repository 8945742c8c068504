package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// measureStrapi lets a benchmark of the integration tests transfer as much from one Strapi to another with Strapi's own
// command, and reads what it reports.
func measureStrapi(ctx context.Context, s settings) (rates, error) {
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^BenchmarkStrapiToStrapi$", "-benchtime", "1x",
		"-timeout", "30m", "./strapi")
	cmd.Dir = "../integration"
	cmd.Env = append(os.Environ(), fmt.Sprintf("STRAPI_ARTICLES=%d", s.records), fmt.Sprintf("STRAPI_FILES=%d", s.files))
	output, err := cmd.CombinedOutput()
	if err != nil {
		return rates{}, fmt.Errorf("the benchmark of Strapi: %w\n%s", err, output)
	}
	return parseStrapi(string(output))
}

// parseStrapi reads the metrics of a benchmark: numbers, each before its unit.
func parseStrapi(output string) (rates, error) {
	found := make(map[string]float64)
	words := strings.Fields(output)
	for i, word := range words[1:] {
		if value, err := strconv.ParseFloat(words[i], 64); err == nil {
			found[word] = value
		}
	}
	r := rates{files: found["files-MB/s"], entities: found["entities/s"], links: found["links/s"]}
	if r.files == 0 || r.entities == 0 || r.links == 0 {
		return rates{}, errors.New("the benchmark of Strapi reports no rates")
	}
	return r, nil
}

// Package browser holds the tests that drive a real Chromium.
//
// They use the first of chromium, chromium-browser and google-chrome that is in
// PATH, and axe-core, which is installed with npm ci --ignore-scripts in this
// folder:
//
//	TRANSFERTOKEN_TEST_CHROMIUM  another browser: its path or name
//	TRANSFERTOKEN_TEST_REQUIRE   1: a browser or an axe-core that is missing fails the tests instead of skipping them
//	TRANSFERTOKEN_SCREENSHOTS    an absolute path of a folder that screenshots are written to; unset: none are taken
//	TRANSFERTOKEN_README_IMAGES  a folder, relative to this one, that the images of the README are written to
//
// From the folder above, this makes the images of the README anew:
//
//	TRANSFERTOKEN_README_IMAGES=../../../docs/images go test -count=1 -run TestReadmeImages ./browser
//
// All tests share one browser. Each page has cookies and storage of its own, and
// speaks of elements as a screen reader does: by role and accessible name. What
// asks for something waits until it is there. When a test ends, everything that
// its pages logged, threw, violated or failed to load must have been expected.
package browser

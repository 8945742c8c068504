// Package browser holds the tests that drive a real Chromium.
//
// They skip unless a variable names the browser, and fail if it does not start.
// Tests of accessibility also skip without axe-core, which npm ci --ignore-scripts
// installs in this folder. The variables are:
//
//	TRANSFERTOKEN_TEST_CHROMIUM  the path or the name of a Chromium or Chrome
//	TRANSFERTOKEN_SCREENSHOTS    an absolute path of a folder that screenshots are written to; unset: none are taken
//	TRANSFERTOKEN_README_IMAGES  a folder, relative to this one, that the images of the README are written to
//
// From the folder above, this makes the images of the README anew:
//
//	TRANSFERTOKEN_TEST_CHROMIUM=chromium TRANSFERTOKEN_README_IMAGES=../../../docs/images go test -count=1 -run TestReadmeImages ./browser
//
// All tests share one browser. Each page has cookies and storage of its own. Elements
// are named as a screen reader names them: by role and accessible name. A function
// that needs an element waits until it is there. When a test ends, everything that
// its pages logged, threw, violated or failed to load must have been expected.
package browser

// Package browser drives a real Chromium for the tests of package adminpage. It holds
// the browser, its pages, and a backend with the admin page.
//
// Tests skip unless a variable names the browser, and fail if it does not start.
// Tests of accessibility also skip without axe-core, which npm ci --ignore-scripts
// installs in this folder. The variables are:
//
//	TRANSFERTOKEN_TEST_CHROMIUM  the path or the name of a Chromium or Chrome
//	TRANSFERTOKEN_SCREENSHOTS    the absolute path of a folder for screenshots; unset: none are taken
//	TRANSFERTOKEN_README_IMAGES  a folder for the images of the README, relative to that of the tests
//
// All tests share one browser. Each page has cookies and storage of its own. Elements
// are named as a screen reader names them: by role and accessible name. A function
// that needs an element waits until it is there. When a test ends, everything that
// its pages logged, threw, violated or failed to load must have been expected.
package browser

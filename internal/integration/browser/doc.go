// Package browser drives a real Chromium and a real Firefox for the tests of package
// adminpage. It holds the browsers, their pages, and a backend with the admin page.
//
// Tests run once in each browser that a variable names. They skip if none is named, and
// fail if one does not start.
// Tests of accessibility also skip without axe-core, which npm ci --ignore-scripts
// installs in this folder. The variables are:
//
//	TRANSFERTOKEN_TEST_CHROMIUM  the path or the name of a Chromium or Chrome
//	TRANSFERTOKEN_TEST_FIREFOX   the path or the name of a Firefox
//	TRANSFERTOKEN_SCREENSHOTS    the absolute path of a folder for screenshots; unset: none are taken
//	TRANSFERTOKEN_README_IMAGES  a folder for the images of the README, relative to that of the tests
//
// Page is the same for every browser. What differs is in the implementations of tab:
// chromiumTab speaks the Chrome DevTools Protocol, and firefoxTab WebDriver BiDi. All
// tests share one Chromium; tests that run at once have a Firefox each, because only one
// page of it has the focus. Each page has cookies and storage of its own. Elements
// are named as a screen reader names them: by role and accessible name. A function
// that needs an element waits until it is there. When a test ends, everything that
// its pages logged, threw, violated or failed to load must have been expected.
package browser
